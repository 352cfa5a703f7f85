package directory

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// A statement that reads elements returns so many of each resource at most, of so many resources: less than 4 MB.
const (
	elementsAtOnce  = 1000
	resourcesAtOnce = 20
)

// reader runs the statements that read: each by itself, or all in one transaction.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryFixed(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowFixed(ctx context.Context, query string, args ...any) *sql.Row
}

// transaction prepares nothing.
type transaction struct{ *sqlx.Tx }

// QueryFixed is QueryContext.
func (t transaction) QueryFixed(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.QueryContext(ctx, query, args...)
}

// QueryRowFixed is QueryRowContext.
func (t transaction) QueryRowFixed(ctx context.Context, query string, args ...any) *sql.Row {
	return t.QueryRowContext(ctx, query, args...)
}

// snapshot is a store whose statements all see the same.
type snapshot struct{ Store }

// A snapshot holds a connection for as long as its reader takes, who may be slow. So snapshots have no more than one in
// snapshotShare of the connections together, and who cannot have one within snapshotTurn is told that the store is busy.
const (
	snapshotShare = 4
	snapshotTurn  = 5 * time.Second
)

// Snapshot calls read with the resources as they are at one moment. It holds a connection until read returns, between
// statements too, where no statement_timeout counts: ctx must have an end. For an error because too many snapshots are held,
// tenantdb.Unavailable is true.
func (s Store) Snapshot(ctx context.Context, read func(provider.Snapshot) error) error {
	turn, cancel := context.WithTimeout(ctx, snapshotTurn)
	defer cancel()
	if err := s.snapshots.Acquire(turn, 1); err != nil {
		return fmt.Errorf("wait for a snapshot: %w", err)
	}
	defer s.snapshots.Release(1)
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin a snapshot: %w", err)
	}
	defer tx.Rollback() // nothing was changed
	s.reads = transaction{tx}
	return read(snapshot{s})
}

// Elements calls yield with the elements of the relations of resources, some at a time. Each statement is a short one, so
// that neither a large group nor a slow client meets the statement_timeout.
func (s snapshot) Elements(ctx context.Context, t *schema.ResourceType, ids []string, base string, yield func(i int, elements []byte) error) error {
	for first := 0; first < len(ids); first += resourcesAtOnce {
		batch := ids[first:min(first+resourcesAtOnce, len(ids))]
		pieces, err := s.pieces(ctx, t, batch, base, noID)
		if err != nil {
			return err
		}
		for i, p := range pieces {
			for p.text != nil {
				if err := yield(first+i, p.text); err != nil {
					return err
				}
				if p, err = s.next(ctx, t, batch[i], base, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// noID is less than every id.
const noID = "00000000-0000-0000-0000-000000000000"

// piece is a part of a relation.
type piece struct {
	text []byte // elements with commas between them; nil: none
	last string // the id in the last one
	n    int
}

// next returns the piece of a relation that follows another one.
func (s snapshot) next(ctx context.Context, t *schema.ResourceType, id, base string, p piece) (piece, error) {
	if p.n < elementsAtOnce {
		return piece{}, nil
	}
	pieces, err := s.pieces(ctx, t, []string{id}, base, p.last)
	if err != nil {
		return piece{}, err
	}
	return pieces[0], nil
}

// pieces returns a piece of the relation of each resource: its first elements behind an id.
func (s snapshot) pieces(ctx context.Context, t *schema.ResourceType, ids []string, base, after string) ([]piece, error) {
	statement, args := s.piecesStatement(t, ids, base, after)
	rows, err := s.reads.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("read the relations of a %s: %w", t.Name, err)
	}
	defer rows.Close()
	pieces := make([]piece, 0, len(ids))
	for rows.Next() {
		var p piece
		if err := rows.Scan(&p.text, &p.last, &p.n); err != nil {
			return nil, fmt.Errorf("read the relations of a %s: %w", t.Name, err)
		}
		pieces = append(pieces, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the relations of a %s: %w", t.Name, err)
	}
	return pieces, nil
}

func (s snapshot) piecesStatement(t *schema.ResourceType, ids []string, base, after string) (string, arguments) {
	args := arguments{pq.Array(ids), after, elementsAtOnce}
	elements := `SELECT * FROM (` + s.allGroups() + `) e WHERE e.id > $2::uuid ORDER BY e.id LIMIT $3`
	if isGroup(t) {
		elements = s.directMembers(` AND r.member_id > $2::uuid ORDER BY r.member_id LIMIT $3`)
	}
	return `SELECT p.text, COALESCE(p.last, ''), p.n FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)
		CROSS JOIN LATERAL (SELECT ` + joinedElements(args.add(fragment(base))) + ` AS text, max(e.id::text COLLATE "C") AS last, count(*) AS n
			FROM (` + elements + `) e) p
		ORDER BY t.n`, args
}
