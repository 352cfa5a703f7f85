package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Update changes a resource as a whole or not at all. It fails with provider.ErrNotFound, provider.ErrVersion,
// *provider.TakenError or *provider.UnknownMemberError.
func (s Store) Update(ctx context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (provider.Updated, error) {
	switch {
	case !isID(update.ID):
		return provider.Updated{}, provider.ErrNotFound
	case !rewrites(update) && update.Members.Empty():
		return s.unchanged(ctx, t, update)
	}
	members := newMemberChange(update.Members)
	for range rounds {
		change, err := s.change(t, update, members, read)
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
			return provider.Updated{}, provider.ErrVersion
		case !found.Held:
			continue // another change of the group came first
		case len(found.Unknown) > 0:
			return provider.Updated{}, &provider.UnknownMemberError{IDs: members.add.unknown(found.Unknown)}
		}
		return provider.Updated{
			Changed: outcome.Changed, Version: outcome.Version, Modified: found.Modified.UTC(), Relation: found.relation(),
		}, nil
	}
	return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, errBusy)
}

// rewrites tells whether the document is to be another one.
func rewrites(update provider.Update) bool { return update.Object != nil && len(update.Changes) > 0 }

// isConditional tells whether the update is for one version alone.
func isConditional(update provider.Update) bool { return update.Object != nil || update.Version != 0 }

// unchanged answers an update that asks for nothing.
func (s Store) unchanged(ctx context.Context, t *schema.ResourceType, update provider.Update) (provider.Updated, error) {
	var version int64
	var modified time.Time
	err := s.db.QueryRowContext(ctx, `SELECT version, modified FROM `+s.table(t)+` WHERE id = $1`, update.ID).
		Scan(&version, &modified)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return provider.Updated{}, provider.ErrNotFound
	case err != nil:
		return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
	case isConditional(update) && update.Version != version:
		return provider.Updated{}, provider.ErrVersion
	}
	return provider.Updated{Version: version, Modified: modified.UTC()}, nil
}

// change is what the journal's recorder does for an update.
func (s Store) change(t *schema.ResourceType, update provider.Update, members memberChange, read provider.Read) (journal.Change, error) {
	entry, err := updateEntry(t, update)
	if err != nil {
		return journal.Change{}, err
	}
	var columns []column
	if rewrites(update) {
		if columns, err = s.columns(t, update.Object, update.Body); err != nil {
			return journal.Change{}, err
		}
	}
	if update.Members.Empty() {
		return s.documentChange(t, update, columns, entry), nil
	}
	return s.groupChange(update, columns, members, read, entry), nil
}

// documentChange is the update of a document alone.
func (s Store) documentChange(t *schema.ResourceType, update provider.Update, columns []column, entry journal.Entry) journal.Change {
	args := arguments{update.ID, instant(update.At), update.Version}
	return journal.Change{
		With: []string{`changed AS (UPDATE ` + s.table(t) + ` SET version = version + 1, modified = GREATEST(modified, $2::timestamptz)` +
			assigned(columns, &args) + ` WHERE id = $1::uuid AND version = $3 RETURNING version, modified)`},
		Outcome: `SELECT c.version IS NOT NULL AS changed, c.version, NULL::jsonb AS detail,
			jsonb_build_object('held', c.version IS NOT NULL, 'modified', c.modified,
				'found', c.version IS NOT NULL OR EXISTS (SELECT 1 FROM ` + s.table(t) + ` WHERE id = $1::uuid)) AS extra
			FROM (SELECT 1) one LEFT JOIN changed c ON true`,
		Args: args, Entry: entry,
	}
}
