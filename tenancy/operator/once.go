package operator

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// How long an answer is kept, and how long an attempt at a request of a minute at most keeps others away: longer than the
// request may take. An attempt whose process died is taken over after that.
const (
	KeepAnswer  = 24 * time.Hour
	HoldAttempt = 90 * time.Second
)

// Why a request cannot be made now.
var (
	ErrInFlight = errors.New("a request with this idempotency key is being made")
	ErrReused   = errors.New("another request was made with this idempotency key")
	// ErrNotKept says that an answer was not kept: another attempt has taken the request over, or its tenant has gone.
	ErrNotKept = errors.New("the request was taken over by another attempt, or is forgotten")
)

// Attempt is one attempt at a request that is made once.
type Attempt struct {
	// ID is the request's: the same for each attempt at it. What the request creates may have it as its id, by which a
	// later attempt knows what an earlier one has done.
	ID    tenancy.ID
	Again bool // an earlier attempt was broken off
	// Answer is what the request was answered, nil where it is still to be made.
	Answer []byte

	actor, key, attempt string
	request             []byte
}

// Attempt begins a request that an actor makes with an idempotency key, or returns its answer. request is what makes two
// requests the same. The attempt ends with Keep, Forget or GiveUp, or is taken over when hold has passed, which is longer than
// the request may take. Errors: ErrInFlight, ErrReused.
func (s *Store) Attempt(ctx context.Context, actor, key string, request []byte, hold time.Duration) (Attempt, error) {
	a := Attempt{actor: actor, key: key, attempt: uuid.NewString(), request: s.recognise(request)}
	for range 3 { // what is in the way of the first statement can be gone before the second
		begun, err := s.begin(ctx, &a, hold)
		if err != nil || begun {
			return a, err
		}
		found, err := s.find(ctx, &a)
		if err != nil || found {
			return a, err
		}
	}
	return a, ErrInFlight
}

// recognise returns a mark that equal requests have. It tells nothing of the request, which can hold a secret.
func (s *Store) recognise(request []byte) []byte {
	mac := hmac.New(sha256.New, s.mark[:])
	mac.Write(request)
	return mac.Sum(nil)
}

// begin writes the attempt where there is no other: none was made, or not in the last 24 hours, or it was broken off.
func (s *Store) begin(ctx context.Context, a *Attempt, hold time.Duration) (begun bool, err error) {
	now := s.now()
	var row struct {
		ID    string `db:"id"`
		Again bool   `db:"again"`
	}
	err = s.config.DB.GetContext(ctx, &row, `INSERT INTO `+answers+` AS a (actor, key, id, request, created_at, attempt, first_attempt, held_until)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
		ON CONFLICT (actor, key) DO UPDATE SET attempt = EXCLUDED.attempt, held_until = EXCLUDED.held_until,
			id = CASE WHEN a.created_at <= $8 THEN EXCLUDED.id ELSE a.id END,
			first_attempt = CASE WHEN a.created_at <= $8 THEN EXCLUDED.attempt ELSE a.first_attempt END,
			request = EXCLUDED.request,
			created_at = CASE WHEN a.created_at <= $8 THEN EXCLUDED.created_at ELSE a.created_at END,
			tenant_id = NULL, answer = NULL
		WHERE a.created_at <= $8 OR a.answer IS NULL AND a.request = EXCLUDED.request AND (a.held_until <= $5 OR a.attempt = EXCLUDED.attempt)
		RETURNING id, first_attempt <> attempt AS again`,
		a.actor, a.key, string(tenancy.NewID()), a.request, now, a.attempt, now.Add(hold), now.Add(-KeepAnswer))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("begin a request that is made once: %w", err)
	}
	a.ID, a.Again = tenancy.ID(row.ID), row.Again
	return true, nil
}

// find reads what is in the way of an attempt.
func (s *Store) find(ctx context.Context, a *Attempt) (found bool, err error) {
	var row struct {
		ID      string `db:"id"`
		Request []byte `db:"request"`
		Answer  []byte `db:"answer"`
	}
	err = s.config.DB.GetContext(ctx, &row, `SELECT id, request, answer FROM `+answers+` WHERE actor = $1 AND key = $2`, a.actor, a.key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find a request that is made once: %w", err)
	case !hmac.Equal(row.Request, a.request):
		return false, ErrReused
	case row.Answer == nil:
		return false, ErrInFlight
	}
	a.ID = tenancy.ID(row.ID)
	if a.Answer, err = s.open(*a, row.Answer); err != nil {
		return false, fmt.Errorf("read the answer of a request that is made once: %w", err)
	}
	return true, nil
}

// Keep keeps the answer of a request, which may hold a secret of a tenant: it goes when the tenant does. tenant may be "".
// Error: ErrNotKept where the attempt is not the one that counts any more.
func (s *Store) Keep(ctx context.Context, a Attempt, tenant tenancy.ID, answer []byte) error {
	result, err := s.config.DB.ExecContext(ctx, `UPDATE `+answers+` SET answer = $4, tenant_id = (SELECT id FROM `+tenants+` WHERE id = $5)
		WHERE actor = $1 AND key = $2 AND attempt = $3`, a.actor, a.key, a.attempt, s.close(a, answer), orNull(string(tenant)))
	if err != nil {
		return fmt.Errorf("keep the answer of a request that is made once: %w", err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return fmt.Errorf("keep the answer of a request that is made once: %w", ErrNotKept)
	}
	return nil
}

// Forget takes an attempt back that has changed nothing: with its key, another request can be made. Where an earlier
// attempt was broken off, that one may have changed something, and Forget is GiveUp.
func (s *Store) Forget(ctx context.Context, a Attempt) error {
	if a.Again {
		return s.GiveUp(ctx, a)
	}
	_, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+answers+` WHERE actor = $1 AND key = $2 AND attempt = $3 AND answer IS NULL`,
		a.actor, a.key, a.attempt)
	if err != nil {
		return fmt.Errorf("forget a request that is made once: %w", err)
	}
	return nil
}

// GiveUp lets the next attempt at the same request begin at once: what this one has changed the next one finds.
func (s *Store) GiveUp(ctx context.Context, a Attempt) error {
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+answers+` SET held_until = $4 WHERE actor = $1 AND key = $2 AND attempt = $3`,
		a.actor, a.key, a.attempt, s.now())
	if err != nil {
		return fmt.Errorf("give up a request that is made once: %w", err)
	}
	return nil
}

// newSeal returns the cipher that answers are kept under.
func newSeal(key token.Key) (cipher.AEAD, error) {
	derived := key.Derive("idempotency answers")
	block, err := aes.NewCipher(derived[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// close encrypts an answer and ties it to its request, so that no other's can be put in its place.
func (s *Store) close(a Attempt, answer []byte) []byte {
	return s.seal.Seal(nil, nil, answer, a.place())
}

func (s *Store) open(a Attempt, sealed []byte) ([]byte, error) {
	return s.seal.Open(nil, nil, sealed, a.place())
}

func (a Attempt) place() []byte {
	return fmt.Appendf(nil, "%q %q %x", a.actor, a.key, a.request)
}
