-- How the administrators of tenants sign in by their own identity provider. {{schema}} is replaced by the quoted name of the
-- control schema.
--
-- A program that does not know of this migration can go on: nothing that it does reads these tables.

-- +goose Up

-- config is what the kind's own package reads. secret is sealed under a key that is not in the database. revision is made anew
-- with each change of what a test is about, so that tested_revision tells whether it was tested since.
CREATE TABLE {{schema}}.sign_on_connections (
    id              uuid        PRIMARY KEY,
    tenant_id       uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    kind            text        NOT NULL,
    name            text        NOT NULL,
    config          jsonb       NOT NULL,
    secret          bytea,
    provision       boolean     NOT NULL,
    state           text        NOT NULL,
    state_at        timestamptz NOT NULL,
    state_by        text        NOT NULL,
    revision        uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by      text        NOT NULL,
    changed_at      timestamptz NOT NULL,
    changed_by      text        NOT NULL,
    tested_revision uuid,
    tested_at       timestamptz,
    tested_by       text,
    CONSTRAINT sign_on_connections_kind CHECK (kind IN ('oidc', 'saml')),
    CONSTRAINT sign_on_connections_state CHECK (state IN ('draft', 'offered', 'enforced'))
);
CREATE INDEX sign_on_connections_tenant_id_idx ON {{schema}}.sign_on_connections (tenant_id, created_at, id);
-- One of a tenant's connections counts.
CREATE UNIQUE INDEX sign_on_connections_live_key ON {{schema}}.sign_on_connections (tenant_id) WHERE state <> 'draft';

-- Which administrators have come by a connection, under which name of the provider's. An administrator who is gone leaves
-- her row until the connection goes.
CREATE TABLE {{schema}}.sign_on_people (
    connection_id    uuid        NOT NULL REFERENCES {{schema}}.sign_on_connections (id) ON DELETE CASCADE,
    administrator_id uuid        NOT NULL,
    subject          text        NOT NULL,
    came_at          timestamptz NOT NULL,
    PRIMARY KEY (connection_id, administrator_id)
);

-- Codes that let an owner in while a connection is enforced and does not work. hash is an HMAC under a key that is not in the
-- database. use_id is made by whoever uses one, so that a statement which is sent twice uses it once.
CREATE TABLE {{schema}}.recovery_codes (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    hash       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    used_at    timestamptz,
    used_by    text,
    use_id     uuid,
    CONSTRAINT recovery_codes_hash_key UNIQUE (tenant_id, hash)
);

-- +goose Down
DROP TABLE {{schema}}.recovery_codes, {{schema}}.sign_on_people, {{schema}}.sign_on_connections;
