package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Loader fills an empty directory with records: users, then groups, then memberships, then Finish. It trusts none of
// them: what it stores is what the Store could have stored. It writes no journal and is for one goroutine.
//
// Rows go to Postgres some at a time, so an error can be about a line that was added before. What is wrong with a record
// is a *tenancy.ImportError; after an error the directory is to be thrown away.
type Loader struct {
	store        Store
	users, group *schema.ResourceType
	rows         chunkOfRows
	nesting      nesting
}

// Load returns a Loader of the store, for a tenant that has those extensions.
func (s Store) Load(added *tenancy.Extensions) (*Loader, error) {
	types, err := ResourceTypes(added)
	if err != nil {
		return nil, fmt.Errorf("load directory: %w", err)
	}
	return &Loader{store: s, users: types[0], group: types[1]}, nil
}

// chunkOfRows are rows of one table that wait to be written, and the lines that they come from.
type chunkOfRows struct {
	table   string
	columns []string
	rows    [][]any
	lines   []int64
	bytes   int
}

// So many rows are written at once at most, and begun with so many bytes.
const (
	rowsAtOnce     = 1000
	rowBytesAtOnce = 4 << 20
)

// AddUser takes over a user. line is where it stands, for errors.
func (l *Loader) AddUser(ctx context.Context, line int64, r Record) error {
	return l.addResource(ctx, line, l.users, r)
}

// AddGroup takes over a group, without members.
func (l *Loader) AddGroup(ctx context.Context, line int64, r Record) error {
	return l.addResource(ctx, line, l.group, r)
}

func (l *Loader) addResource(ctx context.Context, line int64, t *schema.ResourceType, r Record) error {
	id, columns, err := l.store.recordColumns(t, r)
	if err != nil {
		return &tenancy.ImportError{Line: line, Problem: tenancy.ImportInvalid, Detail: err.Error()}
	}
	names := []string{"id", "version", "created", "modified"}
	row := []any{id, r.Version, r.Created.Format(time.RFC3339Nano), r.Modified.Format(time.RFC3339Nano)}
	bytes := len(r.Document)
	for _, c := range columns {
		names = append(names, c.name)
		if text := optional(c.value); text != nil {
			row, bytes = append(row, *text), bytes+len(*text)
		} else {
			row = append(row, nil)
		}
	}
	return l.add(ctx, line, l.store.table(t), names, row, bytes)
}

// AddMember takes over a membership.
func (l *Loader) AddMember(ctx context.Context, line int64, m Membership) error {
	invalid := func(detail string) error {
		return &tenancy.ImportError{Line: line, Problem: tenancy.ImportInvalid, Detail: detail}
	}
	member := m.User + m.Child
	switch {
	case (m.User == "") == (m.Child == ""):
		return invalid("A membership names one user or one child, a group, and not both.")
	case !isID(m.Group) || !isID(member):
		return invalid("A membership names its group and its member by ids, UUIDs in lower case.")
	case !keptTime(m.Added, time.Millisecond):
		return invalid("added must be a time in whole milliseconds.")
	}
	var user, child any
	if m.Child == "" {
		user = m.User
	} else {
		child = m.Child
		l.nesting.add(line, m.Group, m.Child)
	}
	return l.add(ctx, line, l.store.members, []string{"group_id", "member_id", "user_id", "child_id", "added"},
		[]any{m.Group, member, user, child, m.Added.Format(time.RFC3339Nano)}, 0)
}

// add puts a row to those that wait, after it has written those of another table.
func (l *Loader) add(ctx context.Context, line int64, table string, columns []string, row []any, bytes int) error {
	c := &l.rows
	if c.table != table || len(c.rows) >= rowsAtOnce || c.bytes+bytes > rowBytesAtOnce {
		if err := l.flush(ctx); err != nil {
			return err
		}
		c.table, c.columns = table, columns
	}
	c.rows, c.lines, c.bytes = append(c.rows, row), append(c.lines, line), c.bytes+bytes
	return nil
}

// flush writes the rows that wait.
func (l *Loader) flush(ctx context.Context) error {
	c := &l.rows
	err := l.store.db.CopyIn(ctx, c.table, c.columns, c.rows)
	var refused *tenantdb.RowError
	switch {
	case errors.As(err, &refused):
		problem, detail := l.explain(c, refused)
		return &tenancy.ImportError{Line: c.lines[refused.Row], Problem: problem, Detail: detail}
	case err != nil:
		return fmt.Errorf("load directory: %w", err)
	}
	if c.table == l.store.groups {
		if err := l.checkGroupIDs(ctx); err != nil {
			return err
		}
	}
	c.rows, c.lines, c.bytes = c.rows[:0], c.lines[:0], 0
	return nil
}

// explain says in words why Postgres refused a row. Nothing of its own text is repeated: it is not meant for strangers.
func (l *Loader) explain(c *chunkOfRows, refused *tenantdb.RowError) (tenancy.ImportProblem, string) {
	row := c.rows[refused.Row]
	constraint, key, unique := tenantdb.UniqueViolation(refused)
	var pqErr *pq.Error
	switch {
	case unique && c.table == l.store.members:
		return tenancy.ImportDuplicate, fmt.Sprintf("The group %s has the member %s already.", row[0], row[1])
	case unique && (constraint == "users_user_name_key" || key == "user_name"):
		return tenancy.ImportDuplicate, "Another user before has the same userName. It is compared without case."
	case unique && (constraint == "groups_display_name_key" || key == "unique_name"):
		return tenancy.ImportDuplicate, "Another group before has the same displayName, which the tenant's settings say is unique. It is compared without case."
	case unique:
		return tenancy.ImportDuplicate, fmt.Sprintf("The id %s is there already.", row[0])
	case errors.As(refused, &pqErr) && pqErr.Code == "23503":
		return tenancy.ImportReference, fmt.Sprintf("The group %s or its member %s is not in this export.", row[0], row[1])
	}
	return tenancy.ImportInvalid, "The database cannot hold it: a value is too large, or none of those that Spoke writes."
}

// checkGroupIDs refuses a group that has the id of a user: a member could be either.
func (l *Loader) checkGroupIDs(ctx context.Context) error {
	ids, lines := make([]string, len(l.rows.rows)), make(map[string]int64, len(l.rows.rows))
	for i, row := range l.rows.rows {
		ids[i] = row[0].(string)
		lines[ids[i]] = l.rows.lines[i]
	}
	var both []string
	err := l.store.db.SelectContext(ctx, &both, `SELECT id FROM `+l.store.users+` WHERE id = ANY ($1::uuid[]) ORDER BY id LIMIT 1`, pq.Array(ids))
	if err != nil {
		return fmt.Errorf("load directory: compare the ids of groups with those of users: %w", err)
	}
	if len(both) > 0 {
		return &tenancy.ImportError{Line: lines[both[0]], Problem: tenancy.ImportDuplicate, Detail: fmt.Sprintf("The id %s is that of a user already.", both[0])}
	}
	return nil
}

// Finish writes what still waits, refuses groups in a circle, and counts the groups in groups.
func (l *Loader) Finish(ctx context.Context) error {
	if err := l.flush(ctx); err != nil {
		return err
	}
	if line, circle := l.nesting.circle(); circle != nil {
		return &tenancy.ImportError{Line: line, Problem: tenancy.ImportCircle, Detail: "These groups contain each other in a circle: " + someOf(circle) + "."}
	}
	_, err := l.store.db.ExecContext(ctx, `UPDATE `+l.store.nesting+` SET changes = $1 WHERE id = 1`, len(l.nesting.edges))
	if err != nil {
		return fmt.Errorf("load directory: count nestings: %w", err)
	}
	for _, table := range []string{l.store.users, l.store.groups, l.store.members} {
		// Until Postgres does it by itself, some minutes later, it would plan as for empty tables.
		if _, err := l.store.db.ExecContext(ctx, `ANALYZE `+table); err != nil {
			return fmt.Errorf("load directory: %w", err)
		}
	}
	return nil
}
