package directory

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/schema"
)

// Name is what people know a resource by.
type Name struct {
	ResourceType, ID string
	Name             string // userName or displayName
	Deleted          bool   // it is not there any more: the name is its last one
}

// maxNames bounds how many resources are named at once.
const maxNames = 1000

// Names returns the names of resources by their ids, at most 1,000 of them, in one statement that looks each up by an
// index. It leaves out what it does not know: an id that is none, and what was deleted so long ago, or is asked for so
// often since, that its last twenty entries in the journal do not tell.
func (s Store) Names(ctx context.Context, ids []string) (map[string]Name, error) {
	known := newIDSet(ids).ids
	names := make(map[string]Name, len(known))
	if len(known) == 0 {
		return names, nil
	}
	known = known[:min(len(known), maxNames)]
	rows, err := s.db.QueryContext(ctx, s.namesStatement(), pq.Array(known))
	if err != nil {
		return nil, fmt.Errorf("name resources: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Name
		if err := rows.Scan(&n.ResourceType, &n.ID, &n.Name, &n.Deleted); err != nil {
			return nil, fmt.Errorf("name resources: %w", err)
		}
		names[n.ID] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("name resources: %w", err)
	}
	return names, nil
}

// namesStatement is the statement of Names. The entries of a resource are found as journal.List finds them, whatever the
// planner thinks of it.
func (s Store) namesStatement() string {
	journalTable := s.schema.Table("journal")
	return `WITH asked AS MATERIALIZED (SELECT DISTINCT id FROM unnest($1::uuid[]) AS id),
		there AS MATERIALIZED (
			SELECT 'User' AS kind, u.id, COALESCE(u.document->>'userName', '') AS name FROM asked a JOIN ` + s.users + ` u ON u.id = a.id
			UNION ALL SELECT 'Group', g.id, COALESCE(g.document->>'displayName', '') FROM asked a JOIN ` + s.groups + ` g ON g.id = a.id)
		SELECT kind, id, name, false AS gone FROM there
		UNION ALL SELECT d.kind, a.id, d.name, true FROM asked a, LATERAL (
			SELECT h.resource_type AS kind, COALESCE(h.detail->'document'->>'userName', h.detail->'document'->>'displayName', '') AS name
			FROM (SELECT * FROM ` + journalTable + ` j WHERE j.resource_id = ANY (ARRAY[a.id]) ORDER BY j.resource_id DESC, j.id DESC LIMIT 20) h
			WHERE h.action = 'delete' AND h.outcome = 'accepted' ORDER BY h.id DESC LIMIT 1) d
		WHERE NOT EXISTS (SELECT 1 FROM there t WHERE t.id = a.id)`
}

// Called returns the resources that have a name, or the id: the user of that userName and the groups of that displayName,
// in whatever case, at most limit of each kind. A name that no resource can have is nobody's.
func (s Store) Called(ctx context.Context, name string, limit int) ([]Name, error) {
	if isID(name) {
		names, err := s.Names(ctx, []string{name})
		list := make([]Name, 0, len(names))
		for _, n := range names {
			list = append(list, n)
		}
		return list, err
	}
	if name == "" || len(name) > schema.MaxIdentifier || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return nil, nil
	}
	var list []Name
	rows, err := s.db.QueryContext(ctx, `(SELECT 'User' AS kind, id, COALESCE(document->>'userName', '') AS name FROM `+s.users+` WHERE user_name = $1)
		UNION ALL (SELECT 'Group', id, COALESCE(document->>'displayName', '') FROM `+s.groups+` WHERE display_name = $1 ORDER BY id LIMIT $2)`, schema.Fold(name), limit)
	if err != nil {
		return nil, fmt.Errorf("find who is called so: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n Name
		if err := rows.Scan(&n.ResourceType, &n.ID, &n.Name); err != nil {
			return nil, fmt.Errorf("find who is called so: %w", err)
		}
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find who is called so: %w", err)
	}
	return list, nil
}
