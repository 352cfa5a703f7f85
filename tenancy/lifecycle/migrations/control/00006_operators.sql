-- Who may call the onboarding API, what they called, and what they were answered. {{schema}} is replaced by the quoted
-- name of the control schema.

-- +goose Up

-- hash is an HMAC under a key that is not in the database, so a copy of this table verifies nothing.
CREATE TABLE {{schema}}.api_keys (
    id             uuid        PRIMARY KEY,
    name           text        NOT NULL,
    role           text        NOT NULL,
    hash           bytea       NOT NULL,
    hint           text        NOT NULL,
    created_at     timestamptz NOT NULL,
    created_by     text        NOT NULL,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    last_used_from text,
    CONSTRAINT api_keys_hash_key UNIQUE (hash),
    CONSTRAINT api_keys_role CHECK (role IN ('read', 'manage', 'admin'))
);

-- Every call of the API. It outlives the tenant, so it does not refer to it, and names it by nothing but its id.
-- status is absent while the call is answered, and for ever where the process ended before.
CREATE TABLE {{schema}}.audit (
    id          uuid        PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor       text        COLLATE "C" NOT NULL,
    name        text        NOT NULL,
    role        text        NOT NULL,
    operation   text        COLLATE "C" NOT NULL,
    tenant_id   uuid,
    resource_id uuid,
    request_id  uuid        NOT NULL,
    address     text        NOT NULL,
    status      integer,
    problem     text        NOT NULL,
    replayed    boolean     NOT NULL
);
CREATE INDEX audit_at_idx ON {{schema}}.audit (at DESC, id DESC);
CREATE INDEX audit_actor_idx ON {{schema}}.audit (actor, at DESC, id DESC);
CREATE INDEX audit_tenant_id_idx ON {{schema}}.audit (tenant_id, at DESC, id DESC) WHERE tenant_id IS NOT NULL;

-- Requests that are made once, however often they are sent. answer is encrypted: it can hold the secret of a token. While
-- it is absent, attempt makes the request and nobody else does before held_until.
CREATE TABLE {{schema}}.idempotency (
    actor         text        COLLATE "C" NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    id            uuid        NOT NULL,
    request       bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    attempt       uuid        NOT NULL,
    first_attempt uuid        NOT NULL,
    held_until    timestamptz NOT NULL,
    tenant_id     uuid        REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    answer        bytea,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_created_at_idx ON {{schema}}.idempotency (created_at);
CREATE INDEX idempotency_tenant_id_idx ON {{schema}}.idempotency (tenant_id) WHERE tenant_id IS NOT NULL;

-- Links that open once. use_id is made by whoever opens one, so that a statement which is sent twice opens it once.
CREATE TABLE {{schema}}.setup_links (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    purpose    text        NOT NULL,
    hash       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at    timestamptz,
    use_id     uuid,
    CONSTRAINT setup_links_hash_key UNIQUE (hash),
    CONSTRAINT setup_links_purpose CHECK (purpose IN ('provisioning', 'sign_on', 'host', 'administrator'))
);
CREATE INDEX setup_links_tenant_id_idx ON {{schema}}.setup_links (tenant_id, created_at DESC, id DESC);
CREATE INDEX setup_links_expires_at_idx ON {{schema}}.setup_links (expires_at);

-- +goose Down
DROP TABLE {{schema}}.setup_links, {{schema}}.idempotency, {{schema}}.audit, {{schema}}.api_keys;
