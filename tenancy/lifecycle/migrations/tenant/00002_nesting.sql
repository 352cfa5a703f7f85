-- +goose Up

-- One row, which counts how often groups were added to groups. Whoever adds one counts it up from the number that was
-- there when the statement looked for circles: so of two that would close a circle together, the second looks again. 0
-- says that no group was ever in another one, so the groups of a user are all direct.
CREATE TABLE {{schema}}.nesting (
    id      smallint PRIMARY KEY CHECK (id = 1),
    changes bigint   NOT NULL
);
INSERT INTO {{schema}}.nesting (id, changes)
    SELECT 1, count(*) FROM {{schema}}.members WHERE child_id IS NOT NULL;

-- +goose Down
DROP TABLE {{schema}}.nesting;
