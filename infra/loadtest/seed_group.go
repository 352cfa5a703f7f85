package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/lib/pq"
)

const (
	groupColumns  = `id, external_id, display_name, unique_name, display, document, search, version, created, modified`
	memberColumns = `group_id, member_id, user_id, child_id, added`
)

// makeGroups creates so many groups through the API, gives each the same first users as members, and returns their ids.
func (b *bench) makeGroups(ctx context.Context, name string, groups, members int) ([]string, error) {
	c, err := dial(ctx, b.spoke)
	if err != nil {
		return nil, err
	}
	defer c.close()
	ids := make([]string, groups)
	for i := range ids {
		if ids[i], err = createGroup(c, fmt.Sprintf("%s %d", name, i)); err != nil {
			return nil, err
		}
		if err := b.addMembers(ctx, ids[i], members); err != nil {
			return nil, err
		}
	}
	return ids, b.settle(ctx, "groups", "members")
}

// makeSharedGroups makes groups that the bare server's schema has as well.
func (b *bench) makeSharedGroups(ctx context.Context, name string, groups, members int) ([]string, error) {
	ids, err := b.makeGroups(ctx, name, groups, members)
	if err != nil {
		return nil, err
	}
	if err := b.copyRows(ctx, "groups", groupColumns, "id", ids); err != nil {
		return nil, err
	}
	if err := b.copyRows(ctx, "members", memberColumns, "group_id", ids); err != nil {
		return nil, err
	}
	return ids, b.settle(ctx, "groups", "members")
}

func createGroup(c *client, name string) (string, error) {
	err := c.do(request{
		method: http.MethodPost, path: "/Groups", status: http.StatusCreated, want: name,
		body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"` + name + `"}`,
	})
	if err != nil {
		return "", err
	}
	var group struct{ ID string }
	if err := json.Unmarshal(c.body.Bytes(), &group); err != nil || group.ID == "" {
		return "", fmt.Errorf("the created group has no id: %s", excerpt(c.body.Bytes()))
	}
	return group.ID, nil
}

func (b *bench) addMembers(ctx context.Context, group string, members int) error {
	ids := make([]string, members)
	for i := range ids {
		ids[i] = b.users[i].id
	}
	_, err := b.db.ExecContext(ctx, `INSERT INTO `+b.schemas.spoke.Table("members")+` (`+memberColumns+`)
		SELECT $1::uuid, u.id, u.id, NULL, $3::timestamptz FROM unnest($2::uuid[]) AS u (id)`, group, pq.Array(ids), time.Now())
	if err != nil {
		return fmt.Errorf("add %d members: %w", members, err)
	}
	return nil
}
