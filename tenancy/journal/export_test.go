package journal

import "github.com/askspoke/spoke/tenancy/tenantdb"

// What Export reads at once.
const (
	ExportAtOnce      = exportAtOnce
	ExportBytesAtOnce = exportBytesAtOnce
)

// Ahead makes as if so many entries had been out of order already.
func (l *Loader) Ahead(run int64) { l.run = run }

// Within returns q with another number of entries that a page looks at.
func (q Query) Within(n int) Query {
	q.window = n
	return q
}

// ListWindow is how many that are by default.
const ListWindow = listWindow

// Statements are those of a page with their arguments, the last but one ending the window at the id end.
func (q Query) Statements(schema tenantdb.Schema, end string) (statements []string, args [][]any, err error) {
	s, err := q.statement(schema)
	if err != nil {
		return nil, nil, err
	}
	if s.filtered() {
		window, some := s.window()
		statements, args = append(statements, window), append(args, some)
		s.end = end
	}
	page, all := s.page()
	return append(statements, page), append(args, all), nil
}

// Place is where q goes on after the entry with the id.
func (q Query) Place(id string) string { return q.place(id) }
