-- What is known of each tenant's provisioning, and the mail that tells of it.
--
-- A program that does not know of this migration can go on: it writes none of this, and who evaluates makes the rows.

-- +goose Up

-- heard_at is when a process last wrote counts of the tenant's requests. Each time it gives the row another mark, and
-- read_mark is the one that was there when the counts were last read: where they differ there is something to read. due_at
-- is when the tenant has to be looked at: at once where it was heard, else when time alone can change its state. facts are
-- what the state was made from, so that one who is silent is looked at without a look into its schema, and told is whom was
-- told what. claim keeps two processes from evaluating one tenant at once. changed_at is when its directory last changed,
-- and counted_at when users and groups were counted.
CREATE TABLE {{schema}}.health (
    tenant_id     uuid        PRIMARY KEY REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    heard_at      timestamptz,
    mark          uuid,
    read_mark     uuid,
    due_at        timestamptz NOT NULL,
    claim         uuid,
    claimed_until timestamptz,
    evaluated_at  timestamptz,
    state         text        NOT NULL,
    severity      smallint    NOT NULL DEFAULT 0,
    since         timestamptz NOT NULL,
    verdict       jsonb       NOT NULL DEFAULT '{}',
    facts         jsonb       NOT NULL DEFAULT '{}',
    told          jsonb       NOT NULL DEFAULT '{}',
    users         bigint      NOT NULL DEFAULT 0,
    active_users  bigint      NOT NULL DEFAULT 0,
    groups        bigint      NOT NULL DEFAULT 0,
    counted_at    timestamptz,
    changed_at    timestamptz
);
CREATE INDEX health_due_at_idx ON {{schema}}.health (due_at);
CREATE INDEX health_heard_at_idx ON {{schema}}.health (COALESCE(heard_at, '-infinity') DESC, tenant_id);
CREATE INDEX health_severity_idx ON {{schema}}.health (severity DESC, COALESCE(heard_at, '-infinity') DESC, tenant_id);

-- Mail that is to be sent. key makes it one, however often it is written; tenant_id is NULL where it is of no tenant. A mail
-- keeps its message_id through all attempts, by which a mailbox knows one that was sent twice. due_at is when it is tried
-- next, NULL when it was sent or given up. Who claims it puts that off and writes its lease: when the claimant crashes, the
-- mail is due again by itself.
CREATE TABLE {{schema}}.outbox (
    id            uuid        PRIMARY KEY,
    key           text        COLLATE "C" NOT NULL,
    tenant_id     uuid        REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    recipient     text        NOT NULL,
    subject       text        NOT NULL,
    body_text     text        NOT NULL,
    body_html     text        NOT NULL,
    message_id    text        NOT NULL,
    created_at    timestamptz NOT NULL,
    due_at        timestamptz,
    lease         uuid,
    attempts      integer     NOT NULL DEFAULT 0,
    last_error    text        NOT NULL DEFAULT '',
    sent_at       timestamptz,
    failed_at     timestamptz,
    CONSTRAINT outbox_key_key UNIQUE (key, recipient)
);
CREATE INDEX outbox_due_at_idx ON {{schema}}.outbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_ended_at_idx ON {{schema}}.outbox (COALESCE(sent_at, failed_at)) WHERE due_at IS NULL;
CREATE INDEX outbox_tenant_id_idx ON {{schema}}.outbox (tenant_id);

-- What is told together with what else there is to tell, in one mail, so that many things at once are not many mails. rank
-- is what comes first in it. A row stays when it is mailed, so that its key is told once.
CREATE TABLE {{schema}}.gathered (
    id        uuid        PRIMARY KEY,
    digest    text        COLLATE "C" NOT NULL,
    key       text        COLLATE "C" NOT NULL,
    tenant_id uuid        REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    rank      integer     NOT NULL,
    at        timestamptz NOT NULL,
    content   jsonb       NOT NULL,
    mailed_at timestamptz,
    CONSTRAINT gathered_key_key UNIQUE (digest, key)
);
CREATE INDEX gathered_mailed_at_idx ON {{schema}}.gathered (mailed_at);
CREATE INDEX gathered_tenant_id_idx ON {{schema}}.gathered (tenant_id);

-- +goose Down
DROP TABLE {{schema}}.gathered, {{schema}}.outbox, {{schema}}.health;
