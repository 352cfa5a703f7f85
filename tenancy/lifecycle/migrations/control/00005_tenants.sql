-- A tenant as operators manage it: versions, plans, deletion with a grace period, import, and hosts that are given only
-- after their owner has shown that they are his.
--
-- A program that does not know of this migration can go on: what it does not write has a default. To it, the states
-- importing and purging are tenants that it does not serve.

-- +goose Up

-- guard is NULL where the tenant has the program's default. state_before is what a deletion that is undone goes back to.
-- names_settle_at is when the names of groups are made unique a second time, because by then every server has heard that
-- they are to be.
ALTER TABLE {{schema}}.tenants
    ADD COLUMN version         bigint      NOT NULL DEFAULT 1,
    ADD COLUMN plan            text        COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN guard           jsonb,
    ADD COLUMN notify          text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN delete_after    timestamptz,
    ADD COLUMN state_before    text,
    ADD COLUMN names_settle_at timestamptz,
    DROP CONSTRAINT tenants_state,
    ADD CONSTRAINT tenants_state
        CHECK (state IN ('creating', 'importing', 'active', 'suspended', 'paused', 'deleting', 'purging')),
    ADD CONSTRAINT tenants_state_before CHECK (state_before IN ('active', 'suspended', 'paused'));

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
    DROP COLUMN state_before, DROP COLUMN names_settle_at,
    DROP CONSTRAINT tenants_state,
    ADD CONSTRAINT tenants_state CHECK (state IN ('creating', 'active', 'suspended', 'paused', 'deleting'));
