package directory

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// updateMembers makes the changes that are by far the most of all: users are added none of which is a member, or
// members are removed all of which are there. Its statement is half as dear as the general one. ok is false where it is
// another change, or where another change met it; then nothing is done.
func (s Store) updateMembers(ctx context.Context, t *schema.ResourceType, update provider.Update, members memberChange) (done provider.Updated, ok bool, err error) {
	var change journal.Change
	switch {
	case members.replace || len(members.add.never)+len(members.remove.never) > 0:
		return done, false, nil
	case len(members.remove.ids) == 0:
		change = s.addition(t, update, members.add.ids)
	case len(members.add.ids) == 0:
		change = s.removal(t, update, members.remove.ids)
	default:
		return done, false, nil
	}
	outcome, err := s.recorder.Record(ctx, s.schema, change)
	_, _, twice := tenantdb.UniqueViolation(err)
	switch {
	case twice || metAnother(err) || errors.Is(err, journal.ErrNoOutcome):
		return done, false, nil
	case err != nil:
		return done, false, failure("update "+t.Name, err)
	}
	done, err = updated(outcome)
	return done, true, err
}

// addition adds users, none of which is a member yet. A user that becomes one meanwhile breaks the primary key.
func (s Store) addition(t *schema.ResourceType, update provider.Update, ids []string) journal.Change {
	named, each, value := idArgument(ids)
	return s.memberStatement(t, update, "added", ids, value,
		`(SELECT count(*) FROM `+s.users+` WHERE id `+named+`) = $4
			AND NOT EXISTS (SELECT 1 FROM `+s.members+` WHERE group_id = $1::uuid AND member_id `+named+`)`,
		`INSERT INTO `+s.members+` (group_id, member_id, user_id, added)
			SELECT c.id, `+each+`, `+each+`, $2::timestamptz FROM changed c`)
}

// removal removes members that are all there, from a group that nobody changes meanwhile.
func (s Store) removal(t *schema.ResourceType, update provider.Update, ids []string) journal.Change {
	named, _, value := idArgument(ids)
	return s.memberStatement(t, update, "removed", ids, value,
		`version = (SELECT version FROM `+s.groups+` WHERE id = $1::uuid)
			AND (SELECT count(*) FROM `+s.members+` WHERE group_id = $1::uuid AND member_id `+named+`) = $4`,
		`DELETE FROM `+s.members+` WHERE group_id = $1::uuid AND member_id `+named+` AND EXISTS (SELECT 1 FROM changed)`)
}

// idArgument returns how a statement compares with the ids that are its argument $3, how it has each of them, and the
// argument: for one id a comparison that is planned faster.
func idArgument(ids []string) (named, each string, value any) {
	if len(ids) == 1 {
		return `= $3::uuid`, `$3::uuid`, ids[0]
	}
	return `= ANY ($3::uuid[])`, `unnest($3::uuid[])`, pq.Array(ids)
}

func (s Store) memberStatement(t *schema.ResourceType, update provider.Update, word string, ids []string, value any, condition, write string) journal.Change {
	detail, _ := json.Marshal(map[string][]string{word: ids}) // strings can always be encoded
	return journal.Change{
		With: []string{
			`changed AS (` + s.touch(t) + ` WHERE id = $1::uuid AND ` + condition + ` RETURNING id, version, modified)`,
			`written AS (` + write + `)`,
		},
		Outcome: touched,
		Args:    []any{update.ID, instant(update.At), value, len(ids)},
		Fixed:   true,
		Entry: journal.Entry{
			At: update.At, Action: updateAction(update), ResourceType: t.Name, ResourceID: update.ID, Detail: detail,
		},
	}
}
