package admin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// maxSession bounds what a session holds.
const maxSession = 64 << 10

// ErrSessionSize says that a session holds more than is kept.
var ErrSessionSize = errors.New("session holds too much")

// Sessions keeps the sessions of browsers. It implements scs.CtxStore.
type Sessions struct{ store *Store }

// Sessions returns the sessions of the store's database.
func (s *Store) Sessions() Sessions { return Sessions{s} }

// hash is how the text that a browser has is stored and looked up.
func (s Sessions) hash(text string) []byte {
	mac := hmac.New(sha256.New, s.store.sessionKey[:])
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// FindCtx returns what a session holds, and false where there is none or it has ended.
func (s Sessions) FindCtx(ctx context.Context, text string) (data []byte, found bool, err error) {
	err = s.store.config.DB.GetContext(ctx, &data, `SELECT data FROM `+sessions+`
		WHERE hash = $1 AND expires_at > $2 AND data IS NOT NULL`, s.hash(text), s.store.now())
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, true, nil
}

// CommitCtx keeps what a session holds until a time. What is written to a session that was deleted is dropped.
func (s Sessions) CommitCtx(ctx context.Context, text string, data []byte, expiry time.Time) error {
	if len(data) > maxSession {
		return fmt.Errorf("keep session of %d bytes: %w", len(data), ErrSessionSize)
	}
	if data == nil {
		data = []byte{} // NULL is a session that was ended
	}
	_, err := s.store.config.DB.ExecContext(ctx, `INSERT INTO `+sessions+` AS s (hash, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO UPDATE SET data = EXCLUDED.data, expires_at = EXCLUDED.expires_at WHERE s.data IS NOT NULL`,
		s.hash(text), data, micro(expiry))
	if err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	return nil
}

// DeleteCtx ends a session for good. Where there is none it does nothing.
func (s Sessions) DeleteCtx(ctx context.Context, text string) error {
	if _, err := s.store.config.DB.ExecContext(ctx, `UPDATE `+sessions+` SET data = NULL WHERE hash = $1`, s.hash(text)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Find is FindCtx, without a deadline of the caller's.
func (s Sessions) Find(text string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), text)
}

// Commit is CommitCtx, without a deadline of the caller's.
func (s Sessions) Commit(text string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), text, data, expiry)
}

// Delete is DeleteCtx, without a deadline of the caller's.
func (s Sessions) Delete(text string) error { return s.DeleteCtx(context.Background(), text) }
