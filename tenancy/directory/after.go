package directory

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
)

// after is a position, checked, as the arguments of a statement.
type after struct {
	key     any // nil where the position has none
	created time.Time
	id      string
}

// resume reads where a list goes on. What no list of this order can have given is a 400: Postgres would fail on it.
func (l *listing) resume(p provider.Position) (*after, error) {
	a := &after{created: p.Created.UTC(), id: p.ID}
	ok := isID(p.ID) && a.created.Year() > 0 && a.created.Year() < 10_000
	if ok && l.key != nil && p.Key != nil {
		a.key, ok = l.key.value(*p.Key)
	}
	if !ok {
		return nil, scim.BadRequest(scim.InvalidCursor, "The cursor does not belong to this list. Read the list from its beginning, without a cursor.")
	}
	return a, nil
}

// value reads the text of a key.
func (k *sortKey) value(text string) (any, bool) {
	switch k.kind {
	case `uuid`:
		return text, isID(text)
	case `boolean`:
		return text, text == "true" || text == "false"
	case `numeric`:
		return text, isPlainNumber(text)
	case `timestamptz`:
		at, err := time.Parse(timeForm, text)
		return at, err == nil
	}
	if k.dateTime {
		_, err := time.Parse(timeForm, text)
		return text, err == nil
	}
	return text, utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// isPlainNumber tells whether text is a number as numeric is written: without an exponent, and of a length that
// numberForm leaves.
func isPlainNumber(text string) bool {
	const longest = 4000
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return len(text) <= longest && isDigits(whole) && (!dotted || isDigits(fraction))
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// ranges returns conditions on the row t that divide what lies behind the position, each in a form that an index on the
// key, or on created and id, serves.
func (a *after) ranges(l *listing, key string) []string {
	later := `(t.created, t.id) > (` + l.add(a.created) + `::timestamptz, ` + l.add(a.id) + `::uuid)`
	switch {
	case l.key == nil:
		return []string{later}
	case a.key == nil && l.key.descending:
		return []string{key + ` IS NULL AND ` + later, key + ` IS NOT NULL`}
	case a.key == nil:
		return []string{key + ` IS NULL AND ` + later}
	}
	value, beyond := l.add(a.key)+`::`+l.key.kind, `>`
	if l.key.descending {
		beyond = `<`
	}
	list := []string{key + ` ` + beyond + `= ` + value + ` AND (` + key + ` ` + beyond + ` ` + value + ` OR ` + later + `)`}
	if l.key.nullable && !l.key.descending {
		list = append(list, key+` IS NULL`)
	}
	return list
}
