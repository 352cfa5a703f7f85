-- A tenant as operators manage it: versions, plans, deletion with a grace period, import, and hosts that are given only
-- after their owner has shown that they are his.
--
-- A program that does not know of this migration can go on: what it does not write has a default. To it, the states
-- importing and purging are tenants that it does not serve.

-- +goose Up

-- guard is NULL where the tenant has the program's default. state_before is what a deletion that is undone goes back to.
-- names_settle_at is when the names of groups are made unique a second time, because by then every server has heard that
-- they are to be. change_id is of the latest change: a statement that the driver sends twice knows its own work by it.
-- skeleton is what a slug looks like (tenancy.Slug.Skeleton); it is NULL where it was not looked at, because an older
-- program made the tenant, or because one before it looks the same already.
ALTER TABLE {{schema}}.tenants
    ADD COLUMN version         bigint      NOT NULL DEFAULT 1,
    ADD COLUMN plan            text        COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN guard           jsonb,
    ADD COLUMN notify          text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN delete_after    timestamptz,
    ADD COLUMN state_before    text,
    ADD COLUMN names_settle_at timestamptz,
    ADD COLUMN change_id       uuid,
    ADD COLUMN skeleton        text        COLLATE "C",
    DROP CONSTRAINT tenants_state,
    ADD CONSTRAINT tenants_state
        CHECK (state IN ('creating', 'importing', 'active', 'suspended', 'paused', 'deleting', 'purging')),
    ADD CONSTRAINT tenants_state_before CHECK (state_before IN ('active', 'suspended', 'paused'));
UPDATE {{schema}}.tenants AS t SET skeleton = first.skeleton
    FROM (SELECT DISTINCT ON (skeleton) id, skeleton
          FROM (SELECT id, created_at, replace(replace(translate(slug, '01i-', 'oll'), 'rn', 'm'), 'vv', 'w') AS skeleton
                FROM {{schema}}.tenants) AS every
          ORDER BY skeleton, created_at, id) AS first
    WHERE first.id = t.id;
ALTER TABLE {{schema}}.tenants ADD CONSTRAINT tenants_skeleton_key UNIQUE (skeleton);

-- A host that a tenant says is its own, until a TXT record with the value shows it. Two may claim the same one: whoever
-- shows it first has it.
CREATE TABLE {{schema}}.host_claims (
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    host       text        COLLATE "C" NOT NULL,
    value      text        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, host)
);

-- +goose Down
DROP TABLE {{schema}}.host_claims;
ALTER TABLE {{schema}}.tenants
    DROP COLUMN version, DROP COLUMN plan, DROP COLUMN guard, DROP COLUMN notify, DROP COLUMN delete_after,
    DROP COLUMN state_before, DROP COLUMN names_settle_at, DROP COLUMN change_id, DROP COLUMN skeleton,
    DROP CONSTRAINT tenants_state,
    ADD CONSTRAINT tenants_state CHECK (state IN ('creating', 'active', 'suspended', 'paused', 'deleting'));
