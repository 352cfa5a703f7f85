-- Who may use a tenant's console: its administrators, the links that they sign in with, the sessions of their browsers, and
-- the operators who look at the tenant as one of them. {{schema}} is replaced by the quoted name of the control schema.
--
-- A program that does not know of this migration can go on: it has no console.

-- +goose Up

-- email is as tenancy/outbox compares addresses. user_id is the directory's user that the administrator is: it is in the
-- tenant's schema, so nothing refers to it here. sessions that began before sessions_from are void.
CREATE TABLE {{schema}}.administrators (
    id            uuid        PRIMARY KEY,
    tenant_id     uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    email         text        COLLATE "C" NOT NULL,
    name          text        NOT NULL,
    role          text        NOT NULL,
    user_id       uuid,
    created_at    timestamptz NOT NULL,
    created_by    text        NOT NULL,
    signed_in_at  timestamptz,
    sessions_from timestamptz NOT NULL,
    CONSTRAINT administrators_email_key UNIQUE (tenant_id, email),
    CONSTRAINT administrators_role CHECK (role IN ('viewer', 'admin', 'owner'))
);

-- Links that were mailed to sign in with. An invitation works until the administrator has signed in, whichever way. hash is an HMAC under a key that is not in the database, so a copy of this table
-- opens nothing. use_id is of the attempt that used the link, which may be sent twice.
CREATE TABLE {{schema}}.sign_ins (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    administrator_id uuid        NOT NULL REFERENCES {{schema}}.administrators (id) ON DELETE CASCADE,
    invitation       boolean     NOT NULL,
    hash             bytea       NOT NULL,
    next             text        NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    used_at          timestamptz,
    use_id           uuid,
    CONSTRAINT sign_ins_hash_key UNIQUE (hash)
);
CREATE INDEX sign_ins_tenant_id_idx ON {{schema}}.sign_ins (tenant_id);
CREATE INDEX sign_ins_administrator_id_idx ON {{schema}}.sign_ins (administrator_id);
CREATE INDEX sign_ins_expires_at_idx ON {{schema}}.sign_ins (expires_at);

-- The sessions of browsers, of administrators and of operators. hash is of what the browser has, as above. data is NULL
-- where the session was ended: the row stays, so that a request which was still under way cannot write the session anew.
CREATE TABLE {{schema}}.sessions (
    hash       bytea       PRIMARY KEY,
    data       bytea,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_expires_at_idx ON {{schema}}.sessions (expires_at);

-- Operators who use a tenant's console as one of its administrators would. The tenant sees the rows.
CREATE TABLE {{schema}}.impersonations (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    operator   text        COLLATE "C" NOT NULL,
    name       text        NOT NULL,
    reason     text        NOT NULL,
    role       text        NOT NULL,
    hash       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    opened_at  timestamptz,
    use_id     uuid,
    ended_at   timestamptz,
    CONSTRAINT impersonations_hash_key UNIQUE (hash),
    CONSTRAINT impersonations_role CHECK (role IN ('viewer', 'admin', 'owner'))
);
CREATE INDEX impersonations_tenant_id_idx ON {{schema}}.impersonations (tenant_id, created_at DESC, id DESC);
CREATE INDEX impersonations_expires_at_idx ON {{schema}}.impersonations (expires_at);

-- +goose Down
DROP TABLE {{schema}}.impersonations, {{schema}}.sessions, {{schema}}.sign_ins, {{schema}}.administrators;
