-- A tenant's own schema extensions: SCIM schema documents that its resources may use besides what every tenant has.
--
-- They are here and not in the tenant's schema because they are read as the tenant's settings are, with the tenant, in
-- the one statement of the control schema that finds it by its host; in the tenant's schema they would cost each first
-- request a second statement, on another node where the tenants are distributed. That a removal must look into the
-- tenant's schema does not need both in one place: no write of a resource looks at this table, so closing an extension
-- and waiting is what makes a removal safe, wherever the row is (infra/decisions/0007).
--
-- A program that knows of this table refuses to serve before it is there (CheckControl); one that does not know of it
-- serves as before, and drops what clients send under these extensions: finish a rollout before the first is added.

-- +goose Up

-- document is json and not jsonb: it is returned as it was written. closed_at is since when no further resource may
-- begin to use the extension, because it is being removed.
CREATE TABLE {{schema}}.extensions (
    tenant_id     uuid        NOT NULL REFERENCES {{schema}}.tenants (id) ON DELETE CASCADE,
    urn           text        COLLATE "C" NOT NULL,
    resource_type text        NOT NULL,
    document      json        NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    PRIMARY KEY (tenant_id, urn)
);

-- +goose Down
DROP TABLE {{schema}}.extensions;
