-- Which migrations each tenant's schema has, so that one query tells how many are behind the program.
--
-- A program that does not know of this migration can go on: what it creates or migrates counts as behind until this one's
-- spoke migrate is run, which finds nothing to do there but this.

-- +goose Up

-- schema_version is the last migration of the tenant's schema; 0: not known.
ALTER TABLE {{schema}}.tenants ADD COLUMN schema_version bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE {{schema}}.tenants DROP COLUMN schema_version;
