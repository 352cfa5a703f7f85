package issuer

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/sync/singleflight"
)

// How long keys count since they were read. Those that are old are read again beside their use. Those that are stale are
// first, so that one that was taken back does not count once more when nobody used it for long; unless their issuer was
// asked within askedLately and did not answer, for so long may it be away without anybody waiting for it.
const (
	old         = 15 * time.Minute
	stale       = time.Hour
	expired     = 24 * time.Hour
	askedLately = time.Minute
	retry       = 10 * time.Second // after it did not answer
)

// state is what is known of an issuer.
type state struct {
	keys    []jose.JSONWebKey
	read    time.Time // when keys were
	asked   time.Time // when it was asked last
	failure error     // what came of that
}

// Find returns the keys of an issuer that may have made a signature, as the parser of JWTs takes them: those with an id,
// or all for "", that are for the algorithm. Errors wrap ErrNoKey or ErrUnavailable.
func (k *Keys) Find(ctx context.Context, issuer, kid, algorithm string) (jwt.VerificationKeySet, error) {
	s, now := k.state(issuer), k.config.Now()
	found, age := s.find(kid, algorithm), now.Sub(s.read)
	if len(found.Keys) > 0 && (age < stale || age < expired && now.Sub(s.asked) < askedLately) {
		if age >= old && k.due(s, now) {
			k.refresh(ctx, issuer) // nobody waits for what comes of it
		}
		return found, nil
	}
	var err error
	select {
	case result := <-k.refresh(ctx, issuer):
		err = result.Err
	case <-ctx.Done():
		err = ctx.Err()
	}
	s = k.state(issuer)
	found = s.find(kid, algorithm)
	switch {
	case len(found.Keys) > 0 && now.Sub(s.read) < expired:
		return found, nil
	case err != nil:
		return jwt.VerificationKeySet{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return jwt.VerificationKeySet{}, fmt.Errorf("%w: %.100q of %q", ErrNoKey, kid, issuer)
}

func (k *Keys) state(issuer string) state {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known[issuer]
}

func (k *Keys) due(s state, now time.Time) bool {
	wait := k.config.Pause
	if s.failure != nil {
		wait = retry
	}
	return now.Sub(s.asked) >= wait
}

// refresh reads the keys of an issuer, unless that was tried a moment ago: then its error is that one's.
func (k *Keys) refresh(ctx context.Context, issuer string) <-chan singleflight.Result {
	return k.flight.DoChan(issuer, func() (any, error) {
		s, now := k.state(issuer), k.config.Now()
		if !k.due(s, now) {
			return nil, s.failure
		}
		keys, err := k.fetch(context.WithoutCancel(ctx), issuer) // who asked first may go away; the others want the answer
		s.asked, s.failure = now, err
		if err == nil {
			s.keys, s.read = keys, now
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if _, ok := k.known[issuer]; !ok && len(k.known) >= max(k.config.Size, 1) {
			for other := range k.known { // rarely, so any will do
				delete(k.known, other)
				break
			}
		}
		k.known[issuer] = s
		return nil, err
	})
}

func (s state) find(kid, algorithm string) (set jwt.VerificationKeySet) {
	for _, key := range s.keys {
		if (kid == "" || key.KeyID == kid) && (key.Algorithm == "" || key.Algorithm == algorithm) && fits(key.Key, algorithm) {
			set.Keys = append(set.Keys, key.Key)
		}
	}
	return set
}

// Lengths of RSA keys, in bits: what RFC 7518 section 3.3 asks for, and what a signature is verified with in no time.
const (
	minRSA = 2048
	maxRSA = 8192
)

// usable says whether a key is public, for signatures, and of a kind and a length that fits some algorithm.
func usable(key jose.JSONWebKey) bool {
	return key.Valid() && key.IsPublic() && (key.Use == "" || key.Use == "sig") &&
		slices.ContainsFunc(algorithms, func(a string) bool { return fits(key.Key, a) })
}

// fits says whether a key is one of an algorithm's.
func fits(key any, algorithm string) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return (strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")) && bits >= minRSA && bits <= maxRSA
	case *ecdsa.PublicKey: // RFC 7518 section 3.4
		return k.Curve == map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[algorithm]
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}
