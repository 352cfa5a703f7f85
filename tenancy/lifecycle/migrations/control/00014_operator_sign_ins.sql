-- Links from the shell with which operators sign in to their console. {{schema}} is replaced by the quoted name of the
-- control schema.

-- +goose Up

-- hash is an HMAC under a key that is not in the database. use_id is of the attempt that used the link, which may be sent
-- twice.
CREATE TABLE {{schema}}.operator_sign_ins (
    id         uuid        PRIMARY KEY,
    actor      text        COLLATE "C" NOT NULL,
    name       text        NOT NULL,
    role       text        NOT NULL,
    hash       bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    use_id     uuid,
    CONSTRAINT operator_sign_ins_hash_key UNIQUE (hash),
    CONSTRAINT operator_sign_ins_role CHECK (role IN ('read', 'manage', 'admin'))
);
CREATE INDEX operator_sign_ins_expires_at_idx ON {{schema}}.operator_sign_ins (expires_at);

-- +goose Down
DROP TABLE {{schema}}.operator_sign_ins;
