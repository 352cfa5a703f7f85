-- A version of each OAuth client, so that of two changes at once none is lost. {{schema}} is replaced by the quoted name of
-- the control schema.
--
-- A program that does not know of this migration can go on: it has no call that changes a client but to revoke it.

-- +goose Up
ALTER TABLE {{schema}}.oauth_clients ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE {{schema}}.oauth_clients DROP COLUMN version;
