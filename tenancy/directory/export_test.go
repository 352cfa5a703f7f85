package directory

import (
	"strings"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

// ListStatement returns what List asks Postgres, for a test of its plan.
func (s Store) ListStatement(t *schema.ResourceType, query provider.Query) (string, []any) {
	l, err := s.listing(t, query)
	if err != nil {
		panic(err)
	}
	return l.statement(), *l.arguments
}

// MemberStatements returns what Update may ask Postgres for a change of members, for a test of its plans.
func (s Store) MemberStatements(t *schema.ResourceType, update provider.Update) (statements []string, args [][]any) {
	members := newMemberChange(update.Members)
	general, err := s.groupChange(t, update, members, provider.Read{})
	if err != nil {
		panic(err)
	}
	changes := []journal.Change{general}
	if len(members.add.ids) > 0 {
		changes = append(changes, s.addition(t, update, members.add.ids))
	} else {
		changes = append(changes, s.removal(t, update, members.remove.ids))
	}
	for _, c := range changes {
		statements = append(statements, `WITH `+strings.Join(c.With, `, `)+` `+c.Outcome)
		args = append(args, c.Args)
	}
	return statements, args
}

// Behind returns the store behind a guard.
func (s Store) Behind(settings tenancy.Settings) Guarded {
	return Guarded{Store: s, limits: settings.Guard}
}

// PersonStatement returns what Person asks Postgres, for a test of its plan.
func PersonStatement(tenant tenancy.ID, email string) (string, []any) {
	statement, args, err := personStatement(tenant, email)
	if err != nil {
		panic(err)
	}
	return statement, args
}

// LeftStatement returns what Left asks Postgres, for a test of its plan.
func LeftStatement(tenant tenancy.ID, email string, since time.Time) (string, []any) {
	statement, args, err := leftStatement(tenant, email, since)
	if err != nil {
		panic(err)
	}
	return statement, args
}

// LookStatements returns what Look may ask Postgres, for a test of its plans.
func (s Store) LookStatements(t *schema.ResourceType, q Lookup) (statements []string, args [][]any) {
	add := func(statement string, of []any) { statements, args = append(statements, statement), append(args, of) }
	if q.Text != "" {
		add(s.lookForStatement(t, q))
		return statements, args
	}
	after, err := parseBrowsePlace(t, q.After)
	if err != nil {
		panic(err)
	}
	add(s.browseStatement(t, q, after))
	if q.Active != nil && !*q.Active {
		add(s.passiveStatement(t, q, after))
	}
	return statements, args
}

// NamesStatement returns what Names asks Postgres, for a test of its plan.
func (s Store) NamesStatement() string { return s.namesStatement() }
