package oauth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/token"
)

// The life of a signing key. It signs for one period, the number of which follows from the clock, so every replica
// agrees on it. The key of the next period is published a day before it signs, and each for as long as a token that it
// has signed can live.
const (
	keyPeriod    = 30 * 24 * time.Hour
	keyAhead     = 24 * time.Hour
	keyAfter     = MaxTokenLife + time.Hour
	rememberKeys = time.Hour
)

func periodOf(at time.Time) int64 { return at.Unix() / int64(keyPeriod/time.Second) }
func endOf(period int64) time.Time {
	return time.Unix((period+1)*int64(keyPeriod/time.Second), 0).UTC()
}
func periodText(period int64) string { return strconv.FormatInt(period, 10) }

// signingKey is a key and its name.
type signingKey struct {
	kid     string
	private *ecdsa.PrivateKey
}

// ring is the key that signs in a period, and the set that is published meanwhile, as JSON.
type ring struct {
	signer signingKey
	jwks   []byte
}

// seal encrypts private keys.
type seal struct {
	aead cipher.AEAD
	name []byte // tells keys of the environment apart
}

func newSeal(key token.Key) seal {
	secret, name := key.Derive("oauth signing keys"), key.Derive("oauth signing keys: name")
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		panic("seal of signing keys: " + err.Error()) // a key of another length, which it is not
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("seal of signing keys: " + err.Error())
	}
	return seal{aead, name[:16]}
}

// open returns the key that is sealed under its name. It was made by who has the key of the environment: nobody who can
// merely write to the database makes one.
func (s seal) open(kid string, sealed []byte) (signingKey, error) {
	der, err := s.aead.Open(nil, nil, sealed, []byte(kid))
	if err != nil {
		return signingKey{}, fmt.Errorf("open signing key %s: %w", kid, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signingKey{}, fmt.Errorf("open signing key %s: %w", kid, err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return signingKey{}, fmt.Errorf("open signing key %s: it is a %T", kid, parsed)
	}
	return signingKey{kid, private}, nil
}

// keyRow is a key as it is stored.
type keyRow struct {
	ID     string `db:"id"`
	Period int64  `db:"period"`
	Sealed []byte `db:"sealed"`
}

// loadRing reads the keys, and makes those that there are to be and are not. Of two replicas that make one at once the
// first has made it.
func (s *Store) loadRing(ctx context.Context, period int64) (*ring, error) {
	rows, err := s.readKeys(ctx)
	if err != nil {
		return nil, err
	}
	wanted := []int64{period}
	if s.now().After(endOf(period).Add(-keyAhead)) {
		wanted = append(wanted, period+1)
	}
	made := false
	for _, p := range wanted {
		if _, ok := rows[p]; !ok {
			if err := s.makeKey(ctx, p); err != nil {
				return nil, err
			}
			made = true
		}
	}
	if made {
		if rows, err = s.readKeys(ctx); err != nil {
			return nil, err
		}
	}
	r := new(ring)
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, p := range []int64{period + 1, period, period - 1} {
		row, ok := rows[p]
		if !ok {
			continue
		}
		key, err := s.seal.open(row.ID, row.Sealed)
		if err != nil {
			return nil, err
		}
		if p == period {
			r.signer = key
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: &key.private.PublicKey, KeyID: key.kid, Algorithm: "ES256", Use: "sig"})
	}
	if r.signer.private == nil {
		return nil, errors.New("read signing keys: there is none for the time being")
	}
	r.jwks, err = json.Marshal(set)
	return r, err
}

func (s *Store) readKeys(ctx context.Context) (map[int64]keyRow, error) {
	var list []keyRow
	err := s.config.DB.SelectContext(ctx, &list, `SELECT id, period, sealed FROM `+keys+`
		WHERE sealed_under = $1 AND expires_at > $2 ORDER BY period`, s.seal.name, s.now())
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	rows := make(map[int64]keyRow, len(list))
	for _, row := range list {
		rows[row.Period] = row
	}
	return rows, nil
}

func (s *Store) makeKey(ctx context.Context, period int64) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	kid := uuid.NewString()
	_, err = s.config.DB.ExecContext(ctx, `INSERT INTO `+keys+` (id, period, sealed_under, sealed, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sealed_under, period) DO NOTHING`,
		kid, period, s.seal.name, s.seal.aead.Seal(nil, nil, der, []byte(kid)), s.now(), endOf(period).Add(keyAfter))
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	return nil
}

// loadPublic reads the key with a name. token.ErrUnknown: there is none, or it was sealed under another key of the
// environment.
func (s *Store) loadPublic(ctx context.Context, kid string) (*ecdsa.PublicKey, error) {
	var sealed []byte
	err := s.config.DB.GetContext(ctx, &sealed, `SELECT sealed FROM `+keys+` WHERE id = $1 AND sealed_under = $2 AND expires_at > $3`,
		kid, s.seal.name, s.now())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, token.ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	key, err := s.seal.open(kid, sealed)
	if err != nil {
		return nil, err
	}
	return &key.private.PublicKey, nil
}

// JWKS returns the public keys of access tokens as a JSON Web Key Set (RFC 7517 section 5).
func (s *Store) JWKS(ctx context.Context) ([]byte, error) {
	r, err := s.rings.Get(ctx, periodOf(s.now()))
	if err != nil {
		return nil, err
	}
	return r.jwks, nil
}
