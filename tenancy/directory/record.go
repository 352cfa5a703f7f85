package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/scim/schema"
)

// Record is a resource as it is carried to another installation: all that cannot be made again from the rest.
type Record struct {
	Version           int64
	Created, Modified time.Time // in milliseconds
	Document          []byte    // with the id
}

// Membership is one member of a group, a user or a group.
type Membership struct {
	Group       string
	User, Child string // one of them is empty
	Added       time.Time
}

// A statement of an export returns so many rows at most, and documents of so many bytes as they lie on disk. So none
// comes near a statement_timeout, and little is in memory.
const (
	recordsAtOnce     = 500
	recordBytesAtOnce = 1 << 20
	membersAtOnce     = 5000
)

// Users calls yield with every user, in the order of their ids, read in the transaction given. An error of yield ends it
// and is returned.
func (s Store) Users(ctx context.Context, tx sqlx.QueryerContext, yield func(Record) error) error {
	return s.records(ctx, tx, builtIn()[0], yield)
}

// Groups is Users for groups.
func (s Store) Groups(ctx context.Context, tx sqlx.QueryerContext, yield func(Record) error) error {
	return s.records(ctx, tx, builtIn()[1], yield)
}

func (s Store) records(ctx context.Context, tx sqlx.QueryerContext, t *schema.ResourceType, yield func(Record) error) error {
	after := noID
	for {
		chunk, last, err := s.someRecords(ctx, tx, t, after)
		if err != nil {
			return fmt.Errorf("read every %s: %w", t.Name, err)
		}
		if len(chunk) == 0 {
			return nil
		}
		after = last
		for _, r := range chunk {
			if err := yield(r); err != nil {
				return err
			}
		}
	}
}

// someRecords reads a chunk to its end before anybody waits for the one who gets it: a statement goes on until then.
func (s Store) someRecords(ctx context.Context, tx sqlx.QueryerContext, t *schema.ResourceType, after string) (chunk []Record, last string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, version, created, modified, document FROM (
			SELECT id, version, created, modified, document,
				sum(pg_column_size(document)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - pg_column_size(document) AS before
			FROM (SELECT * FROM `+s.table(t)+` WHERE id > $1::uuid ORDER BY id LIMIT $2) t) t
		WHERE before < $3 ORDER BY id`, after, recordsAtOnce, recordBytesAtOnce)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var r Record
		if err := rows.Scan(&last, &r.Version, &r.Created, &r.Modified, &r.Document); err != nil {
			return nil, "", err
		}
		r.Created, r.Modified = r.Created.UTC(), r.Modified.UTC()
		chunk = append(chunk, r)
	}
	return chunk, last, rows.Err()
}

// Memberships calls yield with every membership, in the order of groups and members, as Users does.
func (s Store) Memberships(ctx context.Context, tx sqlx.QueryerContext, yield func(Membership) error) error {
	group, member := noID, noID
	for {
		chunk, err := s.someMemberships(ctx, tx, group, member)
		if err != nil {
			return fmt.Errorf("read every membership: %w", err)
		}
		for _, m := range chunk {
			if err := yield(m); err != nil {
				return err
			}
		}
		if len(chunk) < membersAtOnce {
			return nil
		}
		last := chunk[len(chunk)-1]
		group, member = last.Group, last.User+last.Child
	}
}

func (s Store) someMemberships(ctx context.Context, tx sqlx.QueryerContext, group, member string) ([]Membership, error) {
	rows, err := tx.QueryContext(ctx, `SELECT group_id, COALESCE(user_id::text, ''), COALESCE(child_id::text, ''), added
		FROM `+s.members+` WHERE (group_id, member_id) > ($1::uuid, $2::uuid) ORDER BY group_id, member_id LIMIT $3`,
		group, member, membersAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	chunk := make([]Membership, 0, membersAtOnce)
	for rows.Next() {
		var m Membership
		if err := rows.Scan(&m.Group, &m.User, &m.Child, &m.Added); err != nil {
			return nil, err
		}
		m.Added = m.Added.UTC()
		chunk = append(chunk, m)
	}
	return chunk, rows.Err()
}
