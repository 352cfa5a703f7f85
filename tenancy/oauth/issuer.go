package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// How long the keys of another issuer are used, and how often it is asked.
const (
	freshKeys   = time.Hour        // then they are read again
	staleKeys   = 24 * time.Hour   // while the issuer does not answer, for so long they still count
	askAgain    = time.Minute      // at most so often for a key that it did not have
	askFailed   = 10 * time.Second // after it did not answer
	maxDocument = 1 << 20          // bytes of its configuration, and of its keys
	maxKeys     = 100
	minRSA      = 2048 // bits (RFC 7518 section 3.3)
)

// issuers remembers the keys of other issuers.
type issuers struct {
	client  *http.Client
	private bool // PrivateIssuers
	limit   int
	now     func() time.Time

	mu    sync.Mutex
	known map[string]*issuer
}

// issuer is one of them. Who holds the turn may read and write the rest.
type issuer struct {
	turn    chan struct{}
	keys    []jose.JSONWebKey
	read    time.Time // when keys were read
	asked   time.Time // when it was asked last
	failure error     // what came of that
}

func newIssuers(config Config) *issuers {
	return &issuers{
		client: newHTTPClient(config.PrivateIssuers), private: config.PrivateIssuers, limit: config.Issuers,
		now: config.Now, known: make(map[string]*issuer),
	}
}

func (i *issuers) of(url string) *issuer {
	i.mu.Lock()
	defer i.mu.Unlock()
	known, ok := i.known[url]
	if !ok {
		if len(i.known) >= i.limit { // rarely: to begin again is simpler than to know which is old
			i.known = make(map[string]*issuer)
		}
		known = &issuer{turn: make(chan struct{}, 1)}
		i.known[url] = known
	}
	return known
}

// keys returns those keys of an issuer that have a name, or all for "". None is no error: the issuer has no such key. It is
// asked when it was not for an hour, and for a name that it did not have, but not more often than once a minute.
func (i *issuers) keys(ctx context.Context, url, kid string) ([]jose.JSONWebKey, error) {
	one := i.of(url)
	select {
	case one.turn <- struct{}{}:
		defer func() { <-one.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := i.now()
	found := named(one.keys, kid)
	if len(found) > 0 && now.Sub(one.read) < freshKeys {
		return found, nil
	}
	wait := askAgain
	if one.failure != nil {
		wait = askFailed
	}
	if one.asked.IsZero() || now.Sub(one.asked) >= wait {
		one.asked = now
		var keys []jose.JSONWebKey
		if keys, one.failure = i.fetch(ctx, url); one.failure == nil {
			one.keys, one.read = keys, now
		}
		if found = named(one.keys, kid); one.failure == nil {
			return found, nil
		}
	}
	if len(found) > 0 && now.Sub(one.read) < staleKeys {
		return found, nil
	}
	return nil, one.failure
}

func named(keys []jose.JSONWebKey, kid string) []jose.JSONWebKey {
	if kid == "" {
		return keys
	}
	return (&jose.JSONWebKeySet{Keys: keys}).Key(kid)
}

// keysFor returns the keys that may have signed with an algorithm.
func keysFor(keys []jose.JSONWebKey, algorithm string) (jwt.VerificationKeySet, error) {
	var set jwt.VerificationKeySet
	for _, k := range keys {
		if (k.Algorithm == "" || k.Algorithm == algorithm) && (k.Use == "" || k.Use == "sig") && fits(k.Key, algorithm) {
			set.Keys = append(set.Keys, k.Key)
		}
	}
	if len(set.Keys) == 0 {
		return set, errors.New("issuer has no such key")
	}
	return set, nil
}

func fits(key crypto.PublicKey, algorithm string) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return (strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")) && k.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ES")
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

// fetch asks an issuer for its configuration (OpenID Connect Discovery 1.0 section 4) and for the keys that it names.
func (i *issuers) fetch(ctx context.Context, issuer string) ([]jose.JSONWebKey, error) {
	// Who asked first may go away; the others want the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	var configuration struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := i.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &configuration); err != nil {
		return nil, fmt.Errorf("read configuration of issuer %q: %w", issuer, err)
	}
	if configuration.Issuer != issuer {
		return nil, fmt.Errorf("read configuration of issuer %q: it is that of %.200q", issuer, configuration.Issuer)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := i.get(ctx, configuration.JWKS, &set); err != nil {
		return nil, fmt.Errorf("read keys of issuer %q: %w", issuer, err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("read keys of issuer %q: they are more than %d", issuer, maxKeys)
	}
	var keys []jose.JSONWebKey
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(text); err == nil && key.Valid() && key.IsPublic() { // a kind of key that we do not know is none of ours
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (i *issuers) get(ctx context.Context, address string, into any) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(i.private && u.Scheme == "http") {
		return fmt.Errorf("%.200q is no https URL", address)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	response, err := i.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with status %d", u.Redacted(), response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return err
	}
	if len(body) > maxDocument {
		return fmt.Errorf("%s answers with more than %d bytes", u.Redacted(), maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s answers with no JSON of the right form: %w", u.Redacted(), err)
	}
	return nil
}
