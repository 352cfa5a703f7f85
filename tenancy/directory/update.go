package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Update changes a resource as a whole or not at all. It fails with provider.ErrNotFound, provider.ErrVersion,
// *provider.TakenError, *provider.UnknownMemberError or *provider.CircleError.
func (s Store) Update(ctx context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (provider.Updated, error) {
	switch {
	case !isID(update.ID):
		return provider.Updated{}, provider.ErrNotFound
	case !update.Members.Empty():
		return s.updateGroup(ctx, t, update, read)
	case rewrites(update):
		return s.updateDocument(ctx, t, update)
	default:
		return s.current(ctx, t, update)
	}
}

// rewrites tells whether the document is to be another one.
func rewrites(update provider.Update) bool { return update.Object != nil && len(update.Changes) > 0 }

// isConditional tells whether the update is for one version alone.
func isConditional(update provider.Update) bool { return update.Object != nil || update.Version != 0 }

// updateDocument changes the document alone.
func (s Store) updateDocument(ctx context.Context, t *schema.ResourceType, update provider.Update) (provider.Updated, error) {
	columns, err := s.columns(t, update.Object, update.Body)
	if err != nil {
		return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
	}
	entry, err := updateEntry(t, update)
	if err != nil {
		return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
	}
	args := arguments{update.ID, instant(update.At), update.Version}
	outcome, err := s.recorder.Record(ctx, s.schema, journal.Change{
		With: []string{`changed AS (` + s.touch(t) + assigned(columns, &args) + `
			WHERE id = $1::uuid AND version = $3 RETURNING version, modified)`},
		Outcome: touched, Args: args, Entry: entry, Fixed: true,
	})
	if errors.Is(err, journal.ErrNoOutcome) {
		return s.conflict(ctx, t, update, entry.ID)
	}
	if err != nil {
		return provider.Updated{}, failure("update "+t.Name, err)
	}
	return updated(outcome)
}

// conflict tells why an update for one version was not made: unless it was made, and only its answer was lost.
func (s Store) conflict(ctx context.Context, t *schema.ResourceType, update provider.Update, entry string) (provider.Updated, error) {
	version, made, err := s.recorder.Made(ctx, s.schema, entry)
	if err != nil {
		return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
	}
	update.Version = version
	now, err := s.current(ctx, t, update)
	switch {
	case made && err == nil:
		now.Changed = true
		return now, nil
	case made && errors.Is(err, provider.ErrVersion): // it has changed again since
		return provider.Updated{Changed: true, Version: version, Modified: instant(update.At)}, nil
	case err == nil:
		err = provider.ErrVersion
	}
	return provider.Updated{}, err
}

// touch is the UPDATE that counts one change of the resource $1 at the time $2, as far as its SET.
func (s Store) touch(t *schema.ResourceType) string {
	return `UPDATE ` + s.table(t) + ` SET version = version + 1, modified = GREATEST(modified, $2::timestamptz)`
}

// touched is the outcome of a change whose CTE changed made it. There is none where the change was not made: why not
// is left to another statement, because planning the question would slow down all the changes that are made.
const touched = `SELECT true AS changed, version, NULL::jsonb AS detail, to_jsonb(modified) AS extra FROM changed`

// updated reads what touched yields.
func updated(outcome journal.Result) (provider.Updated, error) {
	u := provider.Updated{Changed: outcome.Changed, Version: outcome.Version}
	if err := json.Unmarshal(outcome.Extra, &u.Modified); err != nil {
		return provider.Updated{}, fmt.Errorf("parse the time of a change: %w", err)
	}
	u.Modified = u.Modified.UTC()
	return u, nil
}

// current tells the state of a resource that is left as it is, if it has the version that the update is for.
func (s Store) current(ctx context.Context, t *schema.ResourceType, update provider.Update) (provider.Updated, error) {
	var u provider.Updated
	err := s.db.QueryRowContext(ctx, `SELECT version, modified FROM `+s.table(t)+` WHERE id = $1`, update.ID).
		Scan(&u.Version, &u.Modified)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return provider.Updated{}, provider.ErrNotFound
	case err != nil:
		return provider.Updated{}, fmt.Errorf("update %s: %w", t.Name, err)
	case isConditional(update) && update.Version != u.Version:
		return provider.Updated{}, provider.ErrVersion
	}
	u.Modified = u.Modified.UTC()
	return u, nil
}
