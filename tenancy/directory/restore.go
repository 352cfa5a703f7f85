package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Errors of a restoration, beside *provider.TakenError and *provider.CircleError.
var (
	// ErrNoDeletion is an id of which there is no deletion, none within journal.RestoreFor, or a later one than was named.
	ErrNoDeletion = errors.New("there is no such deletion")
	// ErrThere is a resource that is there: it was restored already.
	ErrThere = errors.New("the resource is there")
)

// UnrestorableError is a resource that the tenant's schemas do not allow any more. Detail says why, for people.
type UnrestorableError struct {
	Detail string
}

func (e *UnrestorableError) Error() string { return "the resource cannot be restored: " + e.Detail }

// Restoration names a deletion to undo, by the id of the resource or of the journal's row.
type Restoration struct {
	ID string
	At time.Time
	// Activate gives a user access whatever the document says. Identity providers disable a user before they delete it, and
	// without this it comes back disabled.
	Activate bool
}

// Restored is what a restoration has brought back.
type Restored struct {
	ResourceType, ResourceID string
	Version                  int64
	// Groups and Members are how many memberships are there again: in groups, and those of a group. The others are of
	// groups and members that are not there any more.
	Groups, Members         int
	LostGroups, LostMembers int
	// Dropped are the extensions, and the attributes of extensions, that were left out since the tenant has them no more, or
	// has them otherwise.
	Dropped []string
}

// Restore makes a deleted resource again: with its id, its document, the time of its creation, the next version, its place
// in the groups that are there, and, of a group, the members that are there. For SCIM it was gone and is there again. What a
// creation must keep it must keep: types are the tenant's resource types as they are now.
//
// It is one statement with its row in the journal, whose action is restore and whose detail names the deletion, and one
// before it that reads the deletion. It fails with ErrNoDeletion, ErrThere, *provider.TakenError, *provider.CircleError or
// *UnrestorableError.
func (s Store) Restore(ctx context.Context, types []*schema.ResourceType, r Restoration) (Restored, error) {
	if !isID(r.ID) {
		return Restored{}, ErrNoDeletion
	}
	entry, err := journal.NewID()
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	for range rounds {
		d, err := s.deletionOf(ctx, r)
		if err != nil {
			return Restored{}, err
		}
		i := position(types, d.ResourceType)
		if i < 0 {
			return Restored{}, &UnrestorableError{Detail: "There is no resource type " + d.ResourceType + "."}
		}
		change, restored, err := s.restoration(types[i], d, r)
		if err != nil {
			return Restored{}, err
		}
		change.Entry.ID = entry
		outcome, err := s.recorder.Record(ctx, s.schema, change)
		if metAnother(err) {
			continue
		}
		if err != nil {
			return Restored{}, failure("restore "+d.ResourceType, err)
		}
		var found restoreFindings
		if err := json.Unmarshal(outcome.Extra, &found); err != nil {
			return Restored{}, fmt.Errorf("parse the findings of a restoration: %w", err)
		}
		restored.Groups, restored.LostGroups = found.Groups, found.LostGroups
		restored.Members, restored.LostMembers = found.Members, found.LostMembers
		if outcome.Changed {
			return restored, nil
		}
		if err = s.notRestored(ctx, found, r, d, entry); !errors.Is(err, errAgain) {
			return restored, err
		}
	}
	return Restored{}, fmt.Errorf("restore %s: %w", r.ID, errBusy)
}

// restoreFindings are what the statement tells besides.
type restoreFindings struct {
	There, Newest           bool
	Circle                  []string
	Groups, Members         int
	LostGroups, LostMembers int
}

// errAgain says that another change came first.
var errAgain = errors.New("try again")

// notRestored tells why a statement has done nothing: nil where it has, and its answer was lost.
func (s Store) notRestored(ctx context.Context, found restoreFindings, r Restoration, d deletedResource, entry string) error {
	_, made, err := s.recorder.Made(ctx, s.schema, entry)
	switch {
	case err != nil || made:
		return err
	case found.There:
		return ErrThere
	case !found.Newest && r.ID == d.Entry:
		return ErrNoDeletion
	case found.Newest && len(found.Circle) > 0:
		return &provider.CircleError{IDs: found.Circle}
	}
	return errAgain
}

// deletedResource is a deletion with what is to be made of it.
type deletedResource struct {
	Deleted
	created  time.Time
	document []byte
}

// deletionOf reads the deletion that a restoration names.
func (s Store) deletionOf(ctx context.Context, r Restoration) (deletedResource, error) {
	var d deletedResource
	var created sql.NullTime
	columns := ` j.id, j.at, j.resource_type, j.resource_id, j.version, (j.detail->>'created')::timestamptz AS created, j.detail->'document' AS document
		FROM ` + s.schema.Table("journal") + ` j WHERE j.action = 'delete' AND j.outcome = 'accepted' AND `
	err := s.db.QueryRowContext(ctx, `SELECT * FROM (
			(SELECT`+columns+`j.id = $1::uuid) UNION ALL (SELECT`+columns+`j.resource_id = $1::uuid ORDER BY j.id DESC LIMIT 1)) d
		WHERE document IS NOT NULL AND at > $2 ORDER BY id DESC LIMIT 1`, r.ID, r.At.Add(-journal.RestoreFor)).
		Scan(&d.Entry, &d.At, &d.ResourceType, &d.ResourceID, &d.Version, &created, &d.document)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return d, ErrNoDeletion
	case err != nil:
		return d, fmt.Errorf("read the deletion of %s: %w", r.ID, err)
	}
	d.created = instant(d.At) // where the row does not say: a version before this one wrote it
	if created.Valid {
		d.created = instant(created.Time)
	}
	return d, nil
}

// restoration is the change that makes the resource again, all or nothing.
func (s Store) restoration(t *schema.ResourceType, d deletedResource, r Restoration) (journal.Change, Restored, error) {
	restored := Restored{ResourceType: t.Name, ResourceID: d.ResourceID, Version: d.Version + 1}
	object, dropped, err := restoredObject(t, d, r.Activate)
	if err != nil {
		return journal.Change{}, restored, err
	}
	restored.Dropped = dropped
	body := resource.Encode(t, object)
	columns, err := s.columns(t, object, body)
	if err != nil {
		return journal.Change{}, restored, fmt.Errorf("restore %s: %w", t.Name, err)
	}
	args := arguments{d.ResourceID, instant(r.At), d.Entry, restored.Version, d.created}
	names, values := inserted(columns, &args)
	document := args.add(string(body)) + `::text::jsonb`
	newest := `(SELECT id = $3::uuid FROM ` + s.schema.Table("journal") + ` WHERE resource_id = $1::uuid AND action = 'delete' AND outcome = 'accepted'
		ORDER BY id DESC LIMIT 1)`
	member, own, may, members, circle := `user_id`, []string(nil), ``, `NULL::jsonb`, `NULL::jsonb`
	if isGroup(t) {
		member, own = `child_id`, s.restoredMembers(newest)
		may = ` AND NOT EXISTS (SELECT 1 FROM circle) AND ((SELECT NOT nests FROM nesting) OR EXISTS (SELECT 1 FROM nest))`
		members, circle = `(SELECT jsonb_agg(member_id ORDER BY member_id) FROM added)`, `(SELECT jsonb_agg(id ORDER BY id) FROM circle)`
	}
	with := []string{
		`deletion AS MATERIALIZED (SELECT detail FROM ` + s.schema.Table("journal") + ` WHERE id = $3::uuid)`,
		`parents AS MATERIALIZED (SELECT id FROM ` + s.groups + ` WHERE id IN (
			SELECT g::uuid FROM deletion, jsonb_array_elements_text(detail->'groups') g) ORDER BY id FOR NO KEY UPDATE)`,
	}
	with = append(with, own...)
	with = append(with,
		`restored AS (INSERT INTO `+s.table(t)+` (id, version, created, modified, `+names+`)
			SELECT $1::uuid, $4::bigint, $5::timestamptz, GREATEST($2::timestamptz, $5), `+values+`
			WHERE (SELECT count(*) FROM parents) >= 0 AND `+newest+may+` ON CONFLICT (id) DO NOTHING RETURNING id, version)`,
		`joined AS (INSERT INTO `+s.members+` (group_id, member_id, `+member+`, added)
			SELECT p.id, r.id, r.id, $2 FROM parents p, restored r RETURNING group_id)`,
		`bumped AS (UPDATE `+s.groups+` SET version = version + 1, modified = GREATEST(modified, $2) WHERE id IN (SELECT group_id FROM joined))`)
	if isGroup(t) {
		with = append(with, `added AS (`+s.insertMembers()+` FROM known k WHERE EXISTS (SELECT 1 FROM restored) RETURNING member_id)`)
	}
	count := func(list string) string { return `COALESCE(jsonb_array_length(` + list + `), 0)` }
	return journal.Change{
		With: with,
		Outcome: `SELECT o.changed, o.version, jsonb_strip_nulls(jsonb_build_object('document', ` + document + `, 'deletion', $3::text,
				'groups', o.groups, 'members', o.members)) AS detail,
			jsonb_build_object('there', EXISTS (SELECT 1 FROM ` + s.table(t) + ` WHERE id = $1::uuid), 'newest', COALESCE(` + newest + `, false),
				'circle', ` + circle + `, 'groups', ` + count(`o.groups`) + `, 'lostgroups', ` + count(`o.detail->'groups'`) + ` - ` + count(`o.groups`) + `,
				'members', ` + count(`o.members`) + `, 'lostmembers', ` + count(`o.detail->'members'`) + ` - ` + count(`o.members`) + `) AS extra
			FROM (SELECT EXISTS (SELECT 1 FROM restored) AS changed, $4 AS version, (SELECT detail FROM deletion) AS detail,
				(SELECT jsonb_agg(group_id ORDER BY group_id) FROM joined) AS groups, ` + members + ` AS members) o`,
		Args: args,
		Entry: journal.Entry{
			At: r.At, Action: journal.ActionRestore, ResourceType: t.Name, ResourceID: d.ResourceID,
		},
	}, restored, nil
}

// restoredMembers returns the CTEs that find a deleted group's members which are there, those of them that contain it by
// way of its parents, and count up nesting where groups are to be in groups again.
func (s Store) restoredMembers(allowed string) []string {
	return []string{
		`known AS MATERIALIZED (SELECT w.id, u.id AS user_id, c.id AS child_id
			FROM (SELECT m::uuid AS id FROM deletion, jsonb_array_elements_text(detail->'members') m) w
			LEFT JOIN ` + s.users + ` u ON u.id = w.id LEFT JOIN ` + s.groups + ` c ON c.id = w.id
			WHERE COALESCE(u.id, c.id) IS NOT NULL)`,
		`circle AS MATERIALIZED (SELECT k.id FROM known k WHERE k.child_id IN (
			WITH RECURSIVE above (id) AS (SELECT id FROM parents UNION SELECT m.group_id FROM above a JOIN ` + s.members + ` m ON m.child_id = a.id)
			SELECT id FROM above))`,
		`nesting AS MATERIALIZED (SELECT changes, EXISTS (SELECT 1 FROM parents) OR EXISTS (SELECT 1 FROM known WHERE child_id IS NOT NULL) AS nests
			FROM ` + s.nesting + ` WHERE id = 1)`,
		`nest AS (UPDATE ` + s.nesting + ` n SET changes = n.changes + 1 FROM nesting seen WHERE n.id = 1 AND seen.nests AND n.changes = seen.changes
			AND NOT EXISTS (SELECT 1 FROM circle) AND ` + allowed + ` RETURNING n.changes)`,
	}
}
