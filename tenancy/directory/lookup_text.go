package directory

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim/schema"
)

// lookFor returns what meets a text, what is the same as the text first.
func (s Store) lookFor(ctx context.Context, t *schema.ResourceType, q Lookup) (Looked, error) {
	statement, args := s.lookForStatement(t, q)
	of, list, err := s.look(ctx, statement, args)
	if err != nil {
		return Looked{}, err
	}
	found := pageOf(t, q, list)
	found.More = of.looked > 0 || found.Next != ""
	found.Next = ""
	return found, nil
}

// lookForStatement has a part for each way to meet the text, which an index serves and which ends after so many rows.
func (s Store) lookForStatement(t *schema.ResourceType, q Lookup) (string, []any) {
	window := q.Limit + 1
	if q.Active != nil {
		window = lookupWindow
	}
	folded := schema.Fold(q.Text)
	var args arguments
	most := args.add(window)
	var ways []string
	way := func(condition, order string) {
		ways = append(ways, fmt.Sprintf(`(SELECT t.id, %d AS way FROM %s t WHERE %s%s LIMIT %s)`, len(ways), s.table(t), condition, order, most))
	}
	begins := func(column string) {
		condition := `t.` + column + ` >= ` + args.add(folded)
		if end, ok := behind(folded); ok {
			condition += ` AND t.` + column + ` < ` + args.add(end)
		}
		way(condition, ` ORDER BY t.`+column)
	}
	if id := strings.ToLower(q.Text); isID(id) {
		way(`t.id = `+args.add(id)+`::uuid`, ``)
	}
	way(`t.external_id = `+args.add(q.Text), ``)
	if !isGroup(t) {
		way(`t.search @> `+args.add(emailHeld(folded))+`::text::jsonb`, ``)
		begins(`user_name`)
	}
	begins(`display_name`)
	if !isGroup(t) {
		way(`t.search @> `+args.add(nameHeld("familyName", folded))+`::text::jsonb`, ``)
		way(`t.search @> `+args.add(nameHeld("givenName", folded))+`::text::jsonb`, ``)
	}
	chosen := ``
	if q.Active != nil {
		chosen = ` WHERE (` + activeOf(t) + `) = ` + args.add(*q.Active)
	}
	name := nameColumn(t)
	return `WITH met AS MATERIALIZED (` + strings.Join(ways, ` UNION ALL `) + `),
		page AS MATERIALIZED (SELECT t.id, m.way FROM (SELECT id, min(way) AS way FROM met GROUP BY id) m JOIN ` + s.table(t) + ` t ON t.id = m.id` + chosen + `
			ORDER BY m.way, t.` + name + `, t.id LIMIT ` + args.add(q.Limit+1) + `)
		SELECT n.more, '', ` + s.lookupColumns(t) + `
		FROM (SELECT count(*) AS more FROM (SELECT way FROM met GROUP BY way HAVING count(*) >= ` + most + `) w) n
		LEFT JOIN (page JOIN ` + s.table(t) + ` t ON t.id = page.id) ON true ORDER BY page.way, t.` + name + `, t.id`, args
}

// behind returns the least text, byte by byte, that is greater than all that begin with prefix; false where there is none.
func behind(prefix string) (string, bool) {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch next := last + 1; {
		case next == 0xD800: // the surrogates are no characters
			return prefix + "\uE000", true
		case next <= utf8.MaxRune:
			return prefix + string(next), true
		}
	}
	return "", false
}
