package directory

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/scim/schema"
)

// browse returns a page of all users or groups, by their names.
func (s Store) browse(ctx context.Context, t *schema.ResourceType, q Lookup) (Looked, error) {
	after, err := parseBrowsePlace(t, q.After)
	if err != nil {
		return Looked{}, err
	}
	statement, args := s.browseStatement(t, q, after)
	of, list, err := s.look(ctx, statement, args)
	if err != nil {
		return Looked{}, err
	}
	found := pageOf(t, q, list)
	if found.Next != "" || q.Active == nil || of.looked < lookupWindow {
		return found, nil
	}
	// The window ended before the page was full.
	if !*q.Active {
		if some, whole, err := s.passive(ctx, t, q, after); err != nil || whole {
			return some, err
		}
	}
	found.Next = browsePlace{of.last, noID}.cursor(t)
	return found, nil
}

// pageOf cuts the row off that only says that more follow.
func pageOf(t *schema.ResourceType, q Lookup, list []lookupRow) (found Looked) {
	if len(list) > q.Limit {
		last := list[q.Limit-1]
		list, found.Next = list[:q.Limit], browsePlace{last.name, last.ID}.cursor(t)
	}
	for _, row := range list {
		found.List = append(found.List, row.Listed)
	}
	return found
}

// browseStatement looks at the rows behind a place in the order of their names, as many as the page has, or as many as the
// window where some of them are chosen. A userName is one user's, so the id tells groups of one name apart alone.
func (s Store) browseStatement(t *schema.ResourceType, q Lookup, after browsePlace) (string, []any) {
	name, window := nameColumn(t), q.Limit+1
	args := arguments{after.name}
	where, order := `t.`+name+` > $1`, `t.`+name
	if isGroup(t) {
		where = `(t.` + name + `, t.id) > ($1, ` + args.add(after.id) + `::uuid)`
		order += `, t.id`
	} else if q.After == "" {
		where = `t.` + name + ` >= $1`
	}
	chosen := `true`
	if q.Active != nil {
		window = lookupWindow
		chosen = `looked.active = ` + args.add(*q.Active)
	}
	return `WITH looked AS MATERIALIZED (SELECT t.id, t.` + name + ` AS name, ` + activeOf(t) + ` AS active FROM ` + s.table(t) + ` t
			WHERE ` + where + ` ORDER BY ` + order + ` LIMIT ` + args.add(window) + `),
		page AS MATERIALIZED (SELECT id FROM looked WHERE ` + chosen + ` ORDER BY name, id LIMIT ` + args.add(q.Limit+1) + `)
		SELECT n.looked, n.last, ` + s.lookupColumns(t) + `
		FROM (SELECT count(*) AS looked, COALESCE(max(name), '') AS last FROM looked) n
		LEFT JOIN (page JOIN ` + s.table(t) + ` t ON t.id = page.id) ON true ORDER BY ` + order, args
}

// passive returns the page of users who are not active by another way, where they are few among many: the index of the
// search form has them, in no order. whole says that it has all of them.
func (s Store) passive(ctx context.Context, t *schema.ResourceType, q Lookup, after browsePlace) (found Looked, whole bool, err error) {
	statement, args := s.passiveStatement(t, q, after)
	of, list, err := s.look(ctx, statement, args)
	if err != nil || of.looked > lookupPassive {
		return Looked{}, false, err
	}
	return pageOf(t, q, list), true, nil
}

func (s Store) passiveStatement(t *schema.ResourceType, q Lookup, after browsePlace) (string, []any) {
	return fmt.Sprintf(`WITH passive AS MATERIALIZED (SELECT t.id, t.user_name AS name FROM %[1]s t WHERE t.search @> '{"active": false}' LIMIT %[2]d),
		page AS MATERIALIZED (SELECT id FROM passive WHERE name > $1 ORDER BY name LIMIT $2)
		SELECT n.looked, '', %[3]s FROM (SELECT count(*) AS looked FROM passive) n
		LEFT JOIN (page JOIN %[1]s t ON t.id = page.id) ON true ORDER BY t.user_name`,
		s.users, lookupPassive+1, s.lookupColumns(t)), []any{after.name, q.Limit + 1}
}
