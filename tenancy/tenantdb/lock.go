package tenantdb

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Locked runs work while this process alone, of all that use the database, holds the lock named name. It waits for the
// lock no longer than Options.StatementTimeout.
//
// The lock belongs to an otherwise empty transaction, so it is safe behind a pooler in transaction mode, and free as soon
// as the process or its connection is gone. Should the connection break while work goes on, another may begin: work that
// must not meet another says so in its own statements. work needs a second connection of the pool.
func (db *DB) Locked(ctx context.Context, name string, work func(context.Context) error) error {
	_, err := db.lock(ctx, name, `SELECT pg_advisory_xact_lock($1)::text = ''`, work)
	return err
}

// LockedShared is Locked, except that any number of others may hold the lock in the same way at the same time.
func (db *DB) LockedShared(ctx context.Context, name string, work func(context.Context) error) error {
	_, err := db.lock(ctx, name, `SELECT pg_advisory_xact_lock_shared($1)::text = ''`, work)
	return err
}

// TryLocked is Locked, unless another holds the lock: then it returns false at once, and work is not called.
func (db *DB) TryLocked(ctx context.Context, name string, work func(context.Context) error) (ours bool, err error) {
	return db.lock(ctx, name, `SELECT pg_try_advisory_xact_lock($1)`, work)
}

func (db *DB) lock(ctx context.Context, name, statement string, work func(context.Context) error) (ours bool, err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", name, err)
	}
	defer tx.Rollback() // also when work panics; should it fail, the connection is gone and the lock with it
	if err := tx.QueryRowContext(ctx, statement, lockKey(name)).Scan(&ours); err != nil {
		return false, fmt.Errorf("lock %s: %w", name, err)
	}
	if !ours {
		return false, nil
	}
	return true, work(ctx)
}

// lockKey returns the number under which Postgres knows the lock.
func lockKey(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
