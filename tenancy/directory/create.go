package directory

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Create keeps a new resource with version 1. It fails with *provider.TakenError or *provider.UnknownMemberError.
func (s Store) Create(ctx context.Context, t *schema.ResourceType, draft provider.Draft, read provider.Read) (resource.Document, error) {
	at := instant(draft.At)
	d := resource.Document{ID: draft.ID, Version: 1, Created: at, Modified: at, Body: draft.Body}
	members := newIDSet(draft.Members)
	for range rounds {
		change, err := s.creation(t, draft, members, read)
		if err != nil {
			return resource.Document{}, fmt.Errorf("create %s: %w", t.Name, err)
		}
		outcome, err := s.recorder.Record(ctx, s.schema, change)
		if metAnother(err) {
			continue
		}
		if repeated(err) {
			return s.Get(ctx, t, draft.ID, read)
		}
		if err != nil {
			return resource.Document{}, failure("create "+t.Name, err)
		}
		found, err := parseFindings(outcome.Extra)
		switch {
		case err != nil:
			return resource.Document{}, err
		case len(found.Unknown) > 0:
			return resource.Document{}, &provider.UnknownMemberError{IDs: members.unknown(found.Unknown)}
		}
		d.Relation = found.relation()
		return d, nil
	}
	return resource.Document{}, fmt.Errorf("create %s: %w", t.Name, errBusy)
}

// creation is the change that inserts the row and, of a group, its members: all or nothing.
func (s Store) creation(t *schema.ResourceType, draft provider.Draft, members idSet, read provider.Read) (journal.Change, error) {
	columns, err := s.columns(t, draft.Object, draft.Body)
	if err != nil {
		return journal.Change{}, err
	}
	at := instant(draft.At)
	args := arguments{draft.ID, at}
	names, values := inserted(columns, &args)
	change := journal.Change{Entry: journal.Entry{
		At: draft.At, Action: journal.ActionCreate, ResourceType: t.Name, ResourceID: draft.ID,
		Detail: creationDetail(draft.Body, members.ids),
	}}
	insert := `INSERT INTO ` + s.table(t) + ` (id, version, created, modified, ` + names + `)
		SELECT $1::uuid, 1, $2::timestamptz, $2::timestamptz, ` + values
	if len(members.ids) == 0 {
		change.With = []string{`created AS (` + insert + ` RETURNING version)`}
		change.Outcome = `SELECT true AS changed, version, NULL::jsonb AS detail, NULL::jsonb AS extra FROM created`
		change.Args, change.Fixed = args, true
		return change, nil
	}
	// Nobody can have put the new group into another one, so that it closes no circle.
	change.With = append(s.knownMembers(args.add(pq.Array(members.ids)), read.Relation),
		`nest AS (UPDATE `+s.nesting+` SET changes = changes + 1
			WHERE id = 1 AND NOT EXISTS (SELECT 1 FROM unknown) AND EXISTS (SELECT 1 FROM known WHERE child_id IS NOT NULL) RETURNING changes)`,
		`created AS (`+insert+` WHERE NOT EXISTS (SELECT 1 FROM unknown) AND (SELECT count(*) FROM nest) >= 0 RETURNING id)`,
		`added AS (`+s.insertMembers()+` FROM known k WHERE EXISTS (SELECT 1 FROM created))`)
	change.Outcome = `SELECT EXISTS (SELECT 1 FROM created) AS changed, 1::bigint AS version, NULL::jsonb AS detail,
		jsonb_build_object('unknown', (SELECT jsonb_agg(id) FROM unknown), 'relation', ` + knownRelation(read, &args) + `) AS extra`
	change.Args = args
	return change, nil
}

func creationDetail(body []byte, members []string) json.RawMessage {
	detail := append([]byte(`{"document":`), body...)
	if len(members) > 0 {
		list, _ := json.Marshal(members) // strings can always be encoded
		detail = append(append(detail, `,"members":`...), list...)
	}
	return append(detail, '}')
}
