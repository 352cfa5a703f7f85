package directory

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// updateGroup changes a group's members and, where the update says so, its document.
func (s Store) updateGroup(ctx context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (provider.Updated, error) {
	members := newMemberChange(update.Members)
	if !isConditional(update) {
		if done, ok, err := s.updateMembers(ctx, t, update, members); ok || err != nil {
			return done, err
		}
	}
	for range rounds {
		change, err := s.groupChange(t, update, members, read)
		if err != nil {
			return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
		}
		outcome, err := s.recorder.Record(ctx, s.schema, change)
		if metAnother(err) {
			continue
		}
		if err != nil {
			return provider.Updated{}, failure("update "+t.Name, err)
		}
		found, err := parseFindings(outcome.Extra)
		switch {
		case err != nil:
			return provider.Updated{}, err
		case !found.Found:
			return provider.Updated{}, provider.ErrNotFound
		case !found.Held && isConditional(update):
			return s.conflict(ctx, t, update, change.Entry.ID)
		case !found.Held:
			continue // another change of the group came first
		case len(found.Unknown) > 0:
			return provider.Updated{}, &provider.UnknownMemberError{IDs: members.add.unknown(found.Unknown)}
		case len(found.Circle) > 0:
			return provider.Updated{}, &provider.CircleError{IDs: found.Circle}
		case found.Met:
			continue // another group was nested meanwhile
		}
		return provider.Updated{
			Changed: outcome.Changed, Version: outcome.Version, Modified: found.Modified.UTC(), Relation: found.relation(),
		}, nil
	}
	return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, errBusy)
}

// groupChange is the update of a group's members, and of its document where the update says so. The lock on the group
// comes first: target is empty where the group has not the version asked for, or where another change of the group came
// between the beginning of the statement and the lock and the order of the two matters; then nothing is done.
func (s Store) groupChange(t *schema.ResourceType, update provider.Update, members memberChange, read provider.Read) (journal.Change, error) {
	entry, err := updateEntry(t, update)
	if err != nil {
		return journal.Change{}, err
	}
	args := arguments{update.ID, instant(update.At)}
	condition, assignments, changes := ``, ``, `'{}'::jsonb`
	switch {
	case isConditional(update):
		condition = ` AND version = ` + args.add(update.Version)
	case !members.commutes():
		condition = ` AND version = (SELECT version FROM before)`
	}
	if rewrites(update) {
		columns, err := s.columns(t, update.Object, update.Body)
		if err != nil {
			return journal.Change{}, err
		}
		assignments = assigned(columns, &args)
		changes = args.add(string(entry.Detail)) + `::jsonb`
	}
	with := []string{
		`before AS MATERIALIZED (SELECT version FROM ` + s.groups + ` WHERE id = $1::uuid)`,
		`target AS MATERIALIZED (SELECT version, modified FROM ` + s.groups + `
			WHERE id = $1::uuid` + condition + ` FOR NO KEY UPDATE)`,
	}
	with, adding, removing, relation := s.memberSteps(with, members, read, &args)
	differs := adding.any + ` OR ` + removing.any
	if rewrites(update) {
		differs = `true`
	}
	with = append(with, `changed AS (`+s.touch(t)+assignments+`
		WHERE id = $1::uuid AND `+adding.allowed+` AND (`+differs+`) RETURNING version, modified)`)
	return journal.Change{
		With: with,
		Outcome: `SELECT c.version IS NOT NULL AS changed, COALESCE(c.version, t.version) AS version,
			` + changes + ` || jsonb_strip_nulls(jsonb_build_object('added', ` + adding.list + `,
				'removed', ` + removing.list + `)) AS detail,
			jsonb_build_object('found', EXISTS (SELECT 1 FROM before), 'held', t.version IS NOT NULL,
				'modified', COALESCE(c.modified, t.modified), ` + adding.findings + `'relation', ` + relation + `) AS extra
			FROM (SELECT 1) one LEFT JOIN target t ON true LEFT JOIN changed c ON true`,
		Args: args, Entry: entry,
	}, nil
}
