package operator

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Call is one call of the API in the audit log.
type Call struct {
	ID        string // a version 7 UUID
	At        time.Time
	Actor     string // of an Identity
	Name      string
	Role      Role
	Operation string     // as the API's document names it
	Tenant    tenancy.ID // "": none, or not known
	Resource  string     // a UUID of what it is about besides the tenant, or ""
	RequestID string     // a UUID
	Address   netip.Addr // the caller's
	Status    int        // of the answer; 0: there is none yet
	Problem   string     // the kind of problem that it was answered with, or ""
	Replayed  bool       // the answer is that of an earlier call
}

// Record writes a call to the audit log and gives it an ID and a time. A call that changes something is recorded before it
// is made, and concluded by Conclude.
func (s *Store) Record(ctx context.Context, c Call) (Call, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return c, fmt.Errorf("record call: %w", err)
	}
	c.ID, c.At = id.String(), s.now()
	_, err = s.config.DB.ExecContext(ctx, `INSERT INTO `+audit+`
		(id, at, actor, name, role, operation, tenant_id, resource_id, request_id, address, status, problem, replayed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
		c.ID, c.At, c.Actor, c.Name, string(c.Role), c.Operation, orNull(string(c.Tenant)), orNull(c.Resource), c.RequestID,
		tenantdb.AddressText(c.Address), sql.NullInt64{Int64: int64(c.Status), Valid: c.Status != 0}, c.Problem, c.Replayed)
	if err != nil {
		return c, fmt.Errorf("record call: %w", err)
	}
	return c, nil
}

// Conclude writes what a recorded call came to: its status, its problem, and what it was about.
func (s *Store) Conclude(ctx context.Context, c Call) error {
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+audit+` SET status = $2, problem = $3, replayed = $4, tenant_id = $5, resource_id = $6
		WHERE id = $1`, c.ID, c.Status, c.Problem, c.Replayed, orNull(string(c.Tenant)), orNull(c.Resource))
	if err != nil {
		return fmt.Errorf("conclude call: %w", err)
	}
	return nil
}

// Made says whether an actor has made a resource of a tenant: whether a call of one of the operations succeeded that was
// about it.
func (s *Store) Made(ctx context.Context, tenant tenancy.ID, actor, resource string, operations ...string) (bool, error) {
	if uuid.Validate(resource) != nil {
		return false, nil //nolint:nilerr // nobody has made what is no id
	}
	var made bool
	err := s.config.DB.GetContext(ctx, &made, `SELECT EXISTS (SELECT 1 FROM `+audit+` WHERE actor = $1 AND tenant_id = $2 AND resource_id = $3
		AND operation = ANY($4) AND status BETWEEN 200 AND 399)`, actor, string(tenant), resource, pq.StringArray(operations))
	if err != nil {
		return false, fmt.Errorf("ask who made %s: %w", resource, err)
	}
	return made, nil
}

func orNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// CallFilter chooses calls. Zero fields choose all.
type CallFilter struct {
	Actor, Operation string
	Tenant           tenancy.ID
	Since, Until     time.Time // Until is excluded
	// Changes leaves out what only reads, and strangers who were turned away. Among many such calls it looks at the latest
	// maxLooked of those that the other fields choose.
	Changes bool
}

// maxLooked bounds among how many calls changes are looked for: who reads again and again hides none with it, and makes
// nobody wait.
const maxLooked = 20_000

// Calls returns a page of the calls that the filter chooses, and whether there are more.
func (s *Store) Calls(ctx context.Context, f CallFilter, page Page) (list []Call, more bool, err error) {
	at, id := page.After.before()
	where, arguments := []string{`(at, id) < ($1, $2::uuid)`}, []any{at, id, page.Limit + 1}
	add := func(condition string, argument any) {
		arguments = append(arguments, argument)
		where = append(where, condition+` $`+strconv.Itoa(len(arguments)))
	}
	if f.Actor != "" {
		add(`actor =`, f.Actor)
	}
	if f.Operation != "" {
		add(`operation =`, f.Operation)
	}
	if f.Tenant != "" {
		add(`tenant_id =`, string(f.Tenant))
	}
	if !f.Since.IsZero() {
		add(`at >=`, f.Since)
	}
	if !f.Until.IsZero() {
		add(`at <`, f.Until)
	}
	var rows []struct {
		ID        string         `db:"id"`
		At        time.Time      `db:"at"`
		Actor     string         `db:"actor"`
		Name      string         `db:"name"`
		Role      string         `db:"role"`
		Operation string         `db:"operation"`
		Tenant    sql.NullString `db:"tenant_id"`
		Resource  sql.NullString `db:"resource_id"`
		RequestID string         `db:"request_id"`
		Address   string         `db:"address"`
		Status    sql.NullInt64  `db:"status"`
		Problem   string         `db:"problem"`
		Replayed  bool           `db:"replayed"`
	}
	from, changes := audit+` WHERE `+strings.Join(where, ` AND `), ``
	if f.Changes {
		from = `(SELECT * FROM ` + from + ` ORDER BY at DESC, id DESC LIMIT ` + strconv.Itoa(maxLooked) + `) AS latest`
		changes = ` WHERE actor <> '` + Anonymous + `' AND operation !~ '^(get|list)[A-Z]'`
	}
	err = s.config.DB.SelectContext(ctx, &rows, `SELECT id, at, actor, name, role, operation, tenant_id, resource_id, request_id,
		address, status, problem, replayed FROM `+from+changes+` ORDER BY at DESC, id DESC LIMIT $3`, arguments...)
	if err != nil {
		return nil, false, fmt.Errorf("list calls: %w", err)
	}
	if more = len(rows) > page.Limit; more {
		rows = rows[:page.Limit]
	}
	list = make([]Call, len(rows))
	for i, r := range rows {
		address, _ := netip.ParseAddr(r.Address) // "" is the zero address: it had none
		list[i] = Call{
			ID: r.ID, At: r.At.UTC(), Actor: r.Actor, Name: r.Name, Role: Role(r.Role), Operation: r.Operation,
			Tenant: tenancy.ID(r.Tenant.String), Resource: r.Resource.String, RequestID: r.RequestID, Address: address,
			Status: int(r.Status.Int64), Problem: r.Problem, Replayed: r.Replayed,
		}
	}
	return list, more, nil
}
