-- A tenant's directory and journal. {{schema}} is replaced by the quoted name of the tenant's schema.
-- What the distributed engine asks of DDL is kept from here on: a primary key everywhere, no trigger, no foreign
-- key that leaves the schema, no identity column, no volatile function where a row is updated.

-- +goose Up

-- document is what a client reads, less what other rows decide (groups, members) and less meta. search is its
-- comparison form: canonical lower-case folding of every attribute that has no column of its own.
CREATE TABLE {{schema}}.users (
    id           uuid        PRIMARY KEY,
    user_name    text        COLLATE "C" NOT NULL,
    external_id  text        COLLATE "C",
    display_name text        COLLATE "C",
    display      text,
    document     json        NOT NULL,
    search       jsonb       NOT NULL,
    version      bigint      NOT NULL,
    created      timestamptz NOT NULL,
    modified     timestamptz NOT NULL,
    CONSTRAINT users_user_name_key UNIQUE (user_name)
);
CREATE INDEX users_external_id_idx ON {{schema}}.users (external_id);
CREATE INDEX users_display_name_idx ON {{schema}}.users (display_name);
CREATE INDEX users_created_idx ON {{schema}}.users (created, id);
CREATE INDEX users_search_idx ON {{schema}}.users USING gin (search jsonb_path_ops);

-- unique_name is the folded displayName where the tenant's setting makes it unique, else NULL.
CREATE TABLE {{schema}}.groups (
    id           uuid        PRIMARY KEY,
    external_id  text        COLLATE "C",
    display_name text        COLLATE "C" NOT NULL,
    unique_name  text        COLLATE "C",
    display      text        NOT NULL,
    document     json        NOT NULL,
    search       jsonb       NOT NULL,
    version      bigint      NOT NULL,
    created      timestamptz NOT NULL,
    modified     timestamptz NOT NULL,
    CONSTRAINT groups_display_name_key UNIQUE (unique_name)
) WITH (fillfactor = 80);
CREATE INDEX groups_external_id_idx ON {{schema}}.groups (external_id);
CREATE INDEX groups_display_name_idx ON {{schema}}.groups (display_name);
CREATE INDEX groups_created_idx ON {{schema}}.groups (created, id);
CREATE INDEX groups_search_idx ON {{schema}}.groups USING gin (search jsonb_path_ops);

-- A member is a user or a group; member_id repeats whichever it is, so that one key serves both.
CREATE TABLE {{schema}}.members (
    group_id  uuid        NOT NULL REFERENCES {{schema}}.groups (id),
    member_id uuid        NOT NULL,
    user_id   uuid        REFERENCES {{schema}}.users (id),
    child_id  uuid        REFERENCES {{schema}}.groups (id),
    added     timestamptz NOT NULL,
    PRIMARY KEY (group_id, member_id),
    CONSTRAINT members_one_kind CHECK (num_nonnulls(user_id, child_id) = 1 AND member_id = COALESCE(user_id, child_id))
);
CREATE INDEX members_user_id_idx ON {{schema}}.members (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX members_child_id_idx ON {{schema}}.members (child_id) WHERE child_id IS NOT NULL;

-- xid is the transaction that wrote the row: a reader that follows the journal stays below the oldest transaction
-- still open, so it never passes a row that commits late.
CREATE TABLE {{schema}}.journal (
    id            uuid        PRIMARY KEY,
    xid           xid8        NOT NULL DEFAULT pg_current_xact_id(),
    at            timestamptz NOT NULL,
    action        text        NOT NULL,
    resource_type text        NOT NULL,
    resource_id   uuid        NOT NULL,
    version       bigint      NOT NULL,
    actor         text        NOT NULL,
    request_id    text        NOT NULL,
    detail        jsonb       NOT NULL
);
CREATE INDEX journal_follow_idx ON {{schema}}.journal (xid, id);

-- +goose Down
DROP TABLE {{schema}}.journal, {{schema}}.members, {{schema}}.groups, {{schema}}.users;
