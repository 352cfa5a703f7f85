package token

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// EventKind is what happened to a credential. Each happens to it once at most, EventExpiring once for each number of days.
type EventKind string

// The kinds.
const (
	EventFirstUse EventKind = "first_use" // it was used for the first time
	EventExpiring EventKind = "expiring"  // it expires within Days
	EventExpired  EventKind = "expired"
	EventRotated  EventKind = "rotated" // another took its place, and it was revoked
	EventRevoked  EventKind = "revoked"
)

// Credential says what an event is about.
type Credential string

// The credentials.
const (
	CredentialToken  Credential = "token"
	CredentialSecret Credential = "client_secret" // of an OAuth client
)

// Event is something that happened to a token or a client secret.
type Event struct {
	ID           string // a version 7 UUID
	At           time.Time
	TenantID     tenancy.ID
	Credential   Credential
	CredentialID string
	Name         string // the token's or the client's, as it was
	Kind         EventKind
	Days         int        // of EventExpiring: 30, 7 or 1
	ExpiresAt    time.Time  // the credential's; zero: never
	Address      netip.Addr // of EventFirstUse
}

// RecordEvents writes events, each once however often it is written, and gives them ids.
func RecordEvents(ctx context.Context, db sqlx.ExtContext, list ...Event) error {
	if len(list) == 0 {
		return nil
	}
	n := len(list)
	ids, at, tenant, credential, credentialID := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	name, kind, days, expires, address := make([]string, n), make([]string, n), make([]int64, n), make([]sql.NullString, n), make([]string, n)
	for i, e := range list {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("record events: %w", err)
		}
		ids[i], at[i], tenant[i], credential[i], credentialID[i] = id.String(), timeText(e.At), string(e.TenantID), string(e.Credential), e.CredentialID
		name[i], kind[i], days[i], address[i] = e.Name, string(e.Kind), int64(e.Days), tenantdb.AddressText(e.Address)
		expires[i] = sql.NullString{String: timeText(e.ExpiresAt), Valid: !e.ExpiresAt.IsZero()}
	}
	// A tenant that has gone meanwhile needs no events.
	_, err := db.ExecContext(ctx, `INSERT INTO `+events+` (id, at, tenant_id, credential, credential_id, name, kind, days, expires_at, address)
		SELECT e.* FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::integer[],
			$9::timestamptz[], $10::text[]) AS e (id, at, tenant_id, credential, credential_id, name, kind, days, expires_at, address)
		WHERE e.tenant_id IN (SELECT id FROM `+tenants+`)
		ORDER BY e.credential_id, e.kind, e.days
		ON CONFLICT (credential_id, kind, days) DO NOTHING`,
		pq.Array(ids), pq.Array(at), pq.Array(tenant), pq.Array(credential), pq.Array(credentialID),
		pq.Array(name), pq.Array(kind), pq.Array(days), pq.Array(expires), pq.Array(address))
	if err != nil {
		return fmt.Errorf("record events: %w", err)
	}
	return nil
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// EventCursor is a place among the events, opaque to whoever keeps it. "" is the beginning. It is good for one database
// cluster.
type EventCursor string

// ErrCursor is an EventCursor that Events did not make.
var ErrCursor = tenantdb.ErrCursor

// maxEvents bounds what one Events returns.
const maxEvents = 1000

// Events returns up to limit events after a cursor, of one tenant or, for "", of all, and the cursor after the last of
// them. They come in the order of the transactions that wrote them, and only those older than every transaction still
// open: one that commits late is returned late, never passed over. Errors: ErrCursor, tenancy.ErrIDInvalid.
func (s *Store) Events(ctx context.Context, tenant tenancy.ID, after EventCursor, limit int) ([]Event, EventCursor, error) {
	xid, id, err := tenantdb.ParseCursor(string(after))
	if err != nil {
		return nil, after, err
	}
	condition, arguments := ``, []any{xid, id, min(max(limit, 1), maxEvents)}
	if tenant != "" {
		if tenant, err = tenancy.ParseID(string(tenant)); err != nil {
			return nil, after, err
		}
		condition, arguments = ` AND e.tenant_id = $4`, append(arguments, string(tenant))
	}
	var rows []struct {
		XID          string       `db:"xid"`
		ID           string       `db:"id"`
		At           time.Time    `db:"at"`
		TenantID     string       `db:"tenant_id"`
		Credential   string       `db:"credential"`
		CredentialID string       `db:"credential_id"`
		Name         string       `db:"name"`
		Kind         string       `db:"kind"`
		Days         int          `db:"days"`
		ExpiresAt    sql.NullTime `db:"expires_at"`
		Address      string       `db:"address"`
	}
	err = s.config.DB.SelectContext(ctx, &rows, `SELECT xid::text AS xid, id, at, tenant_id, credential, credential_id, name, kind, days, expires_at, address
		FROM `+events+` AS e WHERE (e.xid, e.id) > ($1::xid8, $2::uuid) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())`+condition+`
		ORDER BY e.xid, e.id LIMIT $3`, arguments...)
	if err != nil {
		return nil, after, fmt.Errorf("list events of tokens: %w", err)
	}
	list := make([]Event, len(rows))
	for i, r := range rows {
		address, _ := netip.ParseAddr(r.Address) // "" is the zero Addr
		list[i] = Event{
			ID: r.ID, At: r.At.UTC(), TenantID: tenancy.ID(r.TenantID), Credential: Credential(r.Credential), CredentialID: r.CredentialID,
			Name: r.Name, Kind: EventKind(r.Kind), Days: r.Days, ExpiresAt: tenantdb.TimeOf(r.ExpiresAt), Address: address,
		}
		after = EventCursor(tenantdb.CursorAt(r.XID, r.ID))
	}
	return list, after, nil
}
