package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Person is what a user of a directory is to who signs in.
type Person struct {
	ID          string
	Active      bool // a user whose active is not said is active
	UserName    string
	DisplayName string // "": none
	Created     time.Time
	// Hold is how the user has the address that was looked for; of one who was looked for by id it is Unheld.
	Hold Hold
}

// Hold is how a user has an address.
type Hold int

// The ways to have an address, from the least to the most.
const (
	Unheld    Hold = iota
	ByAlias        // a further address of one who has another as the primary one
	ByPrimary      // her primary address, or one of those of which none is said to be primary
	ByName         // her userName, which nobody else has
)

// maxPersons bounds how many users one address is looked for among.
const maxPersons = 20

// Person returns the users of a tenant whose userName or one of whose e-mail addresses is the given one in whatever case,
// those who are not active first, then in the order of their creation, and the first 20 where there are more: who asks
// whether one of them is disabled is not told no because there are many. It is one statement, which looks into indexes: it takes
// as long with many users as with few.
//
// What only looks the same once it is folded as filters compare it, as a full-width letter does, is not the same address:
// who has the one mailbox has not the other.
func (d *Directory) Person(ctx context.Context, tenant tenancy.ID, email string) ([]Person, error) {
	email = strings.TrimSpace(email)
	if !isAddress(email) {
		return nil, nil // it is nobody's
	}
	statement, args, err := personStatement(tenant, email)
	if err != nil {
		return nil, fmt.Errorf("find user of tenant %s: %w", tenant, err)
	}
	var list []Person
	if err := d.eachHolder(ctx, email, statement, args, func(p Person) { list = append(list, p) }); err != nil {
		return nil, fmt.Errorf("find user of tenant %s: %w", tenant, err)
	}
	return list, nil
}

// eachHolder calls do with each user of a statement's rows who has an address in truth. more is where what a row has besides goes.
func (d *Directory) eachHolder(ctx context.Context, email, statement string, args []any, do func(Person), more ...any) error {
	rows, err := d.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scanPerson(rows, more...)
		if err != nil {
			return err
		}
		if row.Hold = row.hold(email); row.Hold != Unheld {
			do(row.Person)
		}
	}
	return rows.Err()
}

// isAddress says whether a text can be a user's address at all.
func isAddress(text string) bool {
	return text != "" && len(text) <= schema.MaxIdentifier && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// personStatement returns the statement of Person. What matches is found first and as a whole, so that the planner cannot
// walk the table in the order of creation in the hope of an early match.
func personStatement(tenant tenancy.ID, email string) (string, []any, error) {
	folded := schema.Fold(email)
	held, err := json.Marshal(map[string]any{"emails": []any{map[string]any{"value": folded}}})
	if err != nil {
		return "", nil, err
	}
	users := tenantdb.SchemaFor(tenant).Table("users")
	return `WITH matched AS MATERIALIZED (SELECT ` + personColumns + ` FROM ` + users + ` t WHERE t.user_name = $1 OR t.search @> $2::jsonb)
		SELECT id, active, created, document FROM matched ORDER BY active, created, id LIMIT $3`, []any{folded, string(held), maxPersons}, nil
}

const personColumns = `t.id, NOT t.search @> '{"active": false}' AS active, t.created, t.document`

// PersonByID returns a user of a tenant, or provider.ErrNotFound.
func (d *Directory) PersonByID(ctx context.Context, tenant tenancy.ID, id string) (Person, error) {
	if !isID(id) {
		return Person{}, provider.ErrNotFound
	}
	row, err := scanPerson(d.db.QueryRowFixed(ctx, `SELECT `+personColumns+` FROM `+tenantdb.SchemaFor(tenant).Table("users")+` t WHERE t.id = $1`, id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, provider.ErrNotFound
	case err != nil:
		return Person{}, fmt.Errorf("get user %s of tenant %s: %w", id, tenant, err)
	}
	return row.Person, nil
}

// personRow is a Person with the addresses of the document.
type personRow struct {
	Person
	emails []personEmail
}

type personEmail struct {
	Value   string `json:"value"`
	Primary any    `json:"primary"` // true, or what is not
}

// hold says how the user has the given address.
func (p personRow) hold(email string) Hold {
	email = outbox.FoldAddress(email)
	if outbox.FoldAddress(p.UserName) == email {
		return ByName
	}
	chosen := slices.ContainsFunc(p.emails, func(e personEmail) bool { return e.Primary == true })
	hold := Unheld
	for _, e := range p.emails {
		switch {
		case outbox.FoldAddress(strings.TrimSpace(e.Value)) != email:
		case e.Primary == true || !chosen:
			return ByPrimary
		default:
			hold = ByAlias
		}
	}
	return hold
}

// scanPerson reads a row of personColumns, and what it has besides into also.
func scanPerson(row interface{ Scan(into ...any) error }, also ...any) (personRow, error) {
	var (
		p        personRow
		body     []byte
		document struct {
			UserName    string        `json:"userName"`
			DisplayName string        `json:"displayName"`
			Emails      []personEmail `json:"emails"`
		}
	)
	if err := row.Scan(append([]any{&p.ID, &p.Active, &p.Created, &body}, also...)...); err != nil {
		return p, err
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return p, fmt.Errorf("decode document of user %s: %w", p.ID, err)
	}
	p.UserName, p.DisplayName, p.Created, p.emails = document.UserName, document.DisplayName, p.Created.UTC(), document.Emails
	return p, nil
}
