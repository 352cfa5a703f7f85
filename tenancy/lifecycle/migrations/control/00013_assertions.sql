-- Which SAML assertions were used, and who was told by one until the browser comes for it.
--
-- A program that does not know of this migration can go on: it knows no SAML.

-- +goose Up

-- id is a hash of the assertion's ID, or of the request's that it answers. use_id is who used it, which lets a statement that
-- is sent twice find its own row. A row goes when nobody could use the assertion any more.
CREATE TABLE {{schema}}.assertions (
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    id         bytea       NOT NULL,
    use_id     uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX assertions_expires_at_idx ON {{schema}}.assertions (expires_at);

-- An assertion arrives by a post from another site, with which the browser sends no cookie. content is what the assertion
-- told, for the one who comes with the secret whose hash it is, once, within a minute.
CREATE TABLE {{schema}}.handoffs (
    hash       bytea       PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    use_id     uuid
);
CREATE INDEX handoffs_expires_at_idx ON {{schema}}.handoffs (expires_at);
CREATE INDEX handoffs_tenant_id_idx ON {{schema}}.handoffs (tenant_id);

-- +goose Down
DROP TABLE {{schema}}.handoffs, {{schema}}.assertions;
