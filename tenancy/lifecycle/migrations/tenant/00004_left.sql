-- By which addresses a user was known who was deleted: an administrator who has not been linked to her user is known to the
-- directory by her address alone, also when the user has gone.
--
-- A program that does not know of this migration can go on, and one that asks for the addresses works without it: it reads
-- the whole journal then.

-- +goose Up

-- The expression is that of tenancy/directory/left.go, which says why.
CREATE INDEX journal_left_idx ON {{schema}}.journal USING gin ((
    jsonb_path_query_array(regexp_replace(lower((detail->>'document') COLLATE "C"), '[^ -~]+', '?', 'g')::jsonb, '$.username') ||
    jsonb_path_query_array(regexp_replace(lower((detail->>'document') COLLATE "C"), '[^ -~]+', '?', 'g')::jsonb, '$.emails[*].value')
) jsonb_path_ops) WHERE action = 'delete' AND resource_type = 'User' AND outcome = 'accepted';

-- +goose Down
DROP INDEX {{schema}}.journal_left_idx;
