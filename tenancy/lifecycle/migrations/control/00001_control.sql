-- The control plane: who the tenants are, at which hosts, with which tokens. {{schema}} is replaced by the quoted name
-- of the control schema. No table of a tenant refers to these and these refer to no tenant's table.

-- +goose Up

CREATE TABLE {{schema}}.tenants (
    id                 uuid        PRIMARY KEY,
    slug               text        COLLATE "C" NOT NULL,
    name               text        NOT NULL,
    schema_name        text        COLLATE "C" NOT NULL,
    state              text        NOT NULL,
    unique_group_names boolean     NOT NULL,
    profile            text        NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_schema_name_key UNIQUE (schema_name),
    CONSTRAINT tenants_state CHECK (state IN ('creating', 'active', 'suspended', 'paused', 'deleting')),
    CONSTRAINT tenants_profile CHECK (profile IN ('auto', 'strict'))
);

-- A tenant's own hosts, normalized; the host below the base domain follows from the slug and is not listed.
CREATE TABLE {{schema}}.hosts (
    host       text        COLLATE "C" PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);
CREATE INDEX hosts_tenant_id_idx ON {{schema}}.hosts (tenant_id);

-- hash is an HMAC under a key that is not in the database, so a copy of this table verifies nothing.
CREATE TABLE {{schema}}.tokens (
    id           uuid        PRIMARY KEY,
    tenant_id    uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    name         text        NOT NULL,
    hash         bytea       NOT NULL,
    hint         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    CONSTRAINT tokens_hash_key UNIQUE (hash)
);
CREATE INDEX tokens_tenant_id_idx ON {{schema}}.tokens (tenant_id, created_at, id);

-- +goose Down
DROP TABLE {{schema}}.tokens, {{schema}}.hosts, {{schema}}.tenants;
