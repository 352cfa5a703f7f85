-- What a token may do and from where, its rotation with proof of use, what happens to tokens, and OAuth 2.0 clients.
-- {{schema}} is replaced by the quoted name of the control schema.
--
-- A program that does not know of this migration can go on: what it does not write has a default that means what it
-- meant before. It gives a token all rights from everywhere, so finish a rollout before the first one gets fewer. It
-- knows no OAuth client and refuses what was issued to one.

-- +goose Up

-- No scopes are all of them, no CIDRs are everywhere. Tokens of one line replace each other: line is the id of the first,
-- absent where there is no other. replaces is the token that one is to replace: while neither is revoked, the rotation is
-- open.
ALTER TABLE {{schema}}.tokens
    ADD COLUMN scopes          text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN cidrs           text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN line            uuid,
    ADD COLUMN replaces        uuid,
    ADD COLUMN last_used_from  text,
    ADD COLUMN first_used_at   timestamptz,
    ADD COLUMN first_used_from text;
CREATE INDEX tokens_expires_at_idx ON {{schema}}.tokens (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

-- What happened to a token or a client secret, each once: days is how many before its expiry, for kind expiring, else 0.
-- xid is the transaction that wrote the row: a reader that stays below the oldest one still open misses no row that
-- commits late.
CREATE TABLE {{schema}}.token_events (
    id            uuid        PRIMARY KEY,
    xid           xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at            timestamptz NOT NULL,
    tenant_id     uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    credential    text        NOT NULL,
    credential_id uuid        NOT NULL,
    name          text        NOT NULL,
    kind          text        NOT NULL,
    days          integer     NOT NULL,
    expires_at    timestamptz,
    address       text        NOT NULL,
    CONSTRAINT token_events_key UNIQUE (credential_id, kind, days),
    CONSTRAINT token_events_credential CHECK (credential IN ('token', 'client_secret')),
    CONSTRAINT token_events_kind CHECK (kind IN ('first_use', 'expiring', 'expired', 'rotated', 'revoked'))
);
CREATE INDEX token_events_follow_idx ON {{schema}}.token_events (xid, id);
CREATE INDEX token_events_tenant_id_idx ON {{schema}}.token_events (tenant_id, xid, id);

-- Clients of the OAuth 2.0 client credentials grant. token_life is in seconds.
CREATE TABLE {{schema}}.oauth_clients (
    id             uuid        PRIMARY KEY,
    tenant_id      uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    name           text        NOT NULL,
    scopes         text[]      NOT NULL,
    cidrs          text[]      NOT NULL,
    token_life     integer     NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    last_used_from text,
    CONSTRAINT oauth_clients_token_life CHECK (token_life BETWEEN 3600 AND 21600)
);
CREATE INDEX oauth_clients_tenant_id_idx ON {{schema}}.oauth_clients (tenant_id, created_at, id);

-- hash is an HMAC under a key that is not in the database, so a copy of this table verifies nothing.
CREATE TABLE {{schema}}.oauth_secrets (
    id             uuid        PRIMARY KEY,
    tenant_id      uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    client_id      uuid        NOT NULL REFERENCES {{schema}}.oauth_clients (id) ON DELETE CASCADE,
    hash           bytea       NOT NULL,
    hint           text        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    last_used_from text,
    CONSTRAINT oauth_secrets_hash_key UNIQUE (hash)
);
CREATE INDEX oauth_secrets_tenant_id_idx ON {{schema}}.oauth_secrets (tenant_id);
CREATE INDEX oauth_secrets_client_id_idx ON {{schema}}.oauth_secrets (client_id, created_at, id);
CREATE INDEX oauth_secrets_expires_at_idx ON {{schema}}.oauth_secrets (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL;

-- Which assertions of another issuer stand for a client (RFC 7523).
CREATE TABLE {{schema}}.oauth_trusts (
    id             uuid        PRIMARY KEY,
    tenant_id      uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    client_id      uuid        NOT NULL REFERENCES {{schema}}.oauth_clients (id) ON DELETE CASCADE,
    issuer         text        COLLATE "C" NOT NULL,
    audience       text        COLLATE "C" NOT NULL,
    subject        text        COLLATE "C" NOT NULL,
    algorithms     text[]      NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    last_used_from text
);
CREATE INDEX oauth_trusts_tenant_id_idx ON {{schema}}.oauth_trusts (tenant_id);
CREATE INDEX oauth_trusts_client_id_idx ON {{schema}}.oauth_trusts (client_id, created_at, id);

-- Assertions that were used, until they expire by themselves. jti is a hash. use_id is made by whoever uses one, so that a
-- statement which is sent twice uses it once.
CREATE TABLE {{schema}}.oauth_assertions (
    trust_id   uuid        NOT NULL REFERENCES {{schema}}.oauth_trusts (id) ON DELETE CASCADE,
    jti        bytea       NOT NULL,
    use_id     uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (trust_id, jti)
);
CREATE INDEX oauth_assertions_expires_at_idx ON {{schema}}.oauth_assertions (expires_at);

-- The keys that sign access tokens, one for each period of time and for each key of the environment under which they are
-- sealed; sealed_under tells those apart and tells nothing else.
CREATE TABLE {{schema}}.oauth_keys (
    id           uuid        PRIMARY KEY,
    period       bigint      NOT NULL,
    sealed_under bytea       NOT NULL,
    sealed       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT oauth_keys_period_key UNIQUE (sealed_under, period)
);
CREATE INDEX oauth_keys_expires_at_idx ON {{schema}}.oauth_keys (expires_at);

-- +goose Down
DROP TABLE {{schema}}.oauth_keys, {{schema}}.oauth_assertions, {{schema}}.oauth_trusts, {{schema}}.oauth_secrets,
    {{schema}}.oauth_clients, {{schema}}.token_events;
DROP INDEX {{schema}}.tokens_expires_at_idx;
ALTER TABLE {{schema}}.tokens
    DROP COLUMN scopes, DROP COLUMN cidrs, DROP COLUMN line, DROP COLUMN replaces, DROP COLUMN last_used_from,
    DROP COLUMN first_used_at, DROP COLUMN first_used_from;
