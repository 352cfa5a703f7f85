-- What explains a tenant's provisioning: refused requests in the journal, counts of all requests, cycles, and deletions
-- that are held.
--
-- A program that does not know of this migration can go on: what it does not write has a default. It reads a resource_id
-- that is NULL nowhere but in an export, which fails then.

-- +goose Up

-- outcome is accepted or refused. status is the answer's, 0 where it was accepted. provider_request_id is what the
-- identity provider calls its request. duration is from the request's arrival to the writing of the row, in microseconds.
ALTER TABLE {{schema}}.journal
    ADD COLUMN outcome             text     NOT NULL DEFAULT 'accepted',
    ADD COLUMN status              smallint NOT NULL DEFAULT 0,
    ADD COLUMN provider_request_id text     NOT NULL DEFAULT '',
    ADD COLUMN duration            bigint   NOT NULL DEFAULT 0,
    ALTER COLUMN resource_id DROP NOT NULL;
CREATE INDEX journal_resource_idx ON {{schema}}.journal (resource_id, id);
CREATE INDEX journal_refused_idx ON {{schema}}.journal (id) WHERE outcome = 'refused';
CREATE INDEX journal_leaver_idx ON {{schema}}.journal (at) WHERE action IN ('delete', 'disable') AND outcome = 'accepted';

-- How many requests of a kind came in a time, as the processes counted them. at is when that time began; position and
-- total are how far a client has read the pages of a list, and how long that is. source is one process's counting of that
-- time: a row has one writer, whose figures only grow, so what is written twice or late changes nothing.
CREATE TABLE {{schema}}.activity (
    at       timestamptz NOT NULL,
    resource text        NOT NULL,
    action   text        NOT NULL,
    outcome  text        NOT NULL,
    source   uuid        NOT NULL,
    count    bigint      NOT NULL,
    duration bigint      NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    position bigint,
    total    bigint,
    PRIMARY KEY (at, resource, action, outcome, source)
);

-- A run of the identity provider that has ended. counts are those of activity.
CREATE TABLE {{schema}}.cycles (
    id         uuid        PRIMARY KEY,
    kind       text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    counts     jsonb       NOT NULL,
    CONSTRAINT cycles_started_at_key UNIQUE (started_at)
);

-- A burst of deletions that is held, until somebody decides. found are the counts that made it one; noted is how many rows
-- held has of it.
CREATE TABLE {{schema}}.holds (
    id         uuid        PRIMARY KEY,
    opened_at  timestamptz NOT NULL,
    found      jsonb       NOT NULL,
    state      text        NOT NULL,
    decided_at timestamptz,
    decided_by text        NOT NULL DEFAULT '',
    until      timestamptz,
    noted      bigint      NOT NULL,
    CONSTRAINT holds_state CHECK (state IN ('held', 'approved', 'rejected'))
);
CREATE UNIQUE INDEX holds_open_idx ON {{schema}}.holds (state) WHERE state = 'held';
CREATE INDEX holds_opened_at_idx ON {{schema}}.holds (opened_at, id);

-- What a hold keeps from being done.
CREATE TABLE {{schema}}.held (
    hold_id       uuid        NOT NULL REFERENCES {{schema}}.holds (id) ON DELETE CASCADE,
    resource_id   uuid        NOT NULL,
    action        text        NOT NULL,
    resource_type text        NOT NULL,
    name          text        NOT NULL,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    attempts      bigint      NOT NULL,
    actor         text        NOT NULL,
    PRIMARY KEY (hold_id, resource_id, action)
);

-- +goose Down
DROP TABLE {{schema}}.held, {{schema}}.holds, {{schema}}.cycles, {{schema}}.activity;
DELETE FROM {{schema}}.journal WHERE outcome <> 'accepted' OR resource_id IS NULL;
DROP INDEX {{schema}}.journal_resource_idx, {{schema}}.journal_refused_idx, {{schema}}.journal_leaver_idx;
ALTER TABLE {{schema}}.journal
    DROP COLUMN outcome, DROP COLUMN status, DROP COLUMN provider_request_id, DROP COLUMN duration,
    ALTER COLUMN resource_id SET NOT NULL;
