package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Delete removes a resource, its memberships, and its place in groups (whose version counts up), or returns
// provider.ErrNotFound or provider.ErrVersion. The journal keeps what is needed to bring it back.
func (s Store) Delete(ctx context.Context, t *schema.ResourceType, deletion provider.Deletion) error {
	if !isID(deletion.ID) {
		return provider.ErrNotFound
	}
	change := s.deletion(t, deletion)
	var err error
	if change.Entry.ID, err = journal.NewID(); err != nil {
		return fmt.Errorf("delete %s: %w", t.Name, err)
	}
	for range rounds {
		outcome, err := s.recorder.Record(ctx, s.schema, change)
		switch {
		case metAnother(err):
			continue // a membership that came meanwhile: the next statement sees it
		case err != nil:
			return failure("delete "+t.Name, err)
		case outcome.Changed:
			return nil
		}
		found, err := parseFindings(outcome.Extra)
		if err == nil && found.Found && deletion.Version != 0 {
			return provider.ErrVersion
		}
		_, made, err2 := s.recorder.Made(ctx, s.schema, change.Entry.ID)
		if err = errors.Join(err, err2); err == nil && !made {
			err = provider.ErrNotFound
		}
		return err
	}
	return fmt.Errorf("delete %s: %w", t.Name, errBusy)
}

// deletion is the change that deletes a row and the memberships that refer to it, each of which counts up its group.
func (s Store) deletion(t *schema.ResourceType, deletion provider.Deletion) journal.Change {
	args := arguments{deletion.ID, instant(deletion.At)}
	condition := ``
	if deletion.Version != 0 {
		condition = ` AND version = ` + args.add(deletion.Version)
	}
	member, ownMembers, ownList := `user_id`, ``, `NULL`
	if isGroup(t) {
		member = `child_id`
		ownMembers = `, emptied AS (DELETE FROM ` + s.members + ` WHERE group_id = $1::uuid AND EXISTS (SELECT 1 FROM gone)
			RETURNING member_id)`
		ownList = `(SELECT jsonb_agg(member_id ORDER BY member_id) FROM emptied)`
	}
	return journal.Change{
		With: []string{
			// Counting the rows of parents makes what follows wait for the locks.
			`parents AS MATERIALIZED (SELECT id FROM ` + s.groups + `
				WHERE id IN (SELECT group_id FROM ` + s.members + ` WHERE ` + member + ` = $1::uuid) ORDER BY id FOR NO KEY UPDATE)`,
			`gone AS (DELETE FROM ` + s.table(t) + ` WHERE id = $1::uuid` + condition + ` AND (SELECT count(*) FROM parents) >= 0
				RETURNING version, document, created)`,
			`parted AS (DELETE FROM ` + s.members + ` WHERE ` + member + ` = $1::uuid AND EXISTS (SELECT 1 FROM gone)
				RETURNING group_id)` + ownMembers,
			`bumped AS (UPDATE ` + s.groups + ` SET version = version + 1, modified = GREATEST(modified, $2::timestamptz)
				WHERE id IN (SELECT group_id FROM parted))`,
		},
		Outcome: `SELECT g.version IS NOT NULL AS changed, g.version, jsonb_strip_nulls(jsonb_build_object('document', g.document, 'created', g.created,
				'groups', (SELECT jsonb_agg(group_id ORDER BY group_id) FROM parted), 'members', ` + ownList + `)) AS detail,
			jsonb_build_object('found', EXISTS (SELECT 1 FROM ` + s.table(t) + ` WHERE id = $1::uuid)) AS extra
			FROM (SELECT 1) one LEFT JOIN gone g ON true`,
		Args: args, Fixed: true,
		Entry: journal.Entry{
			At: deletion.At, Action: journal.ActionDelete, ResourceType: t.Name, ResourceID: deletion.ID,
		},
	}
}
