-- When the sessions of operators were ended whom their own provider lets in: what began before is void. {{schema}} is replaced
-- by the quoted name of the control schema.
--
-- A program that does not know of this migration can go on: it does not ask, and its sessions end by their time.

-- +goose Up
CREATE TABLE {{schema}}.operator_sign_outs (
    actor text        COLLATE "C" PRIMARY KEY,
    at    timestamptz NOT NULL
);
CREATE INDEX operator_sign_outs_at_idx ON {{schema}}.operator_sign_outs (at);

-- +goose Down
DROP TABLE {{schema}}.operator_sign_outs;
