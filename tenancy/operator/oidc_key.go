package operator

import (
	"context"
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
	"golang.org/x/sync/singleflight"
)

// How long keys are used before they are read again, and how soon after another attempt. A key that is taken back is
// refused after the one, a new key is known after the other, and nobody can make Spoke ask more often.
const (
	keysAge   = 15 * time.Minute
	keysPause = 10 * time.Second
)

// keySet is the keys of an OpenID provider. While the provider is away, those that are known go on to be good.
type keySet struct {
	issuer string
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	keys  []jose.JSONWebKey
	read  time.Time // when keys were
	tried time.Time
	err   error // of the last attempt
}

func newKeySet(issuer string, client *http.Client, now func() time.Time) *keySet {
	c := *client
	c.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		if len(via) > 3 || !safe(to.URL) {
			return errors.New("it leads elsewhere")
		}
		return nil
	}
	return &keySet{issuer: issuer, client: &c, now: now}
}

// find returns the keys that may have made a signature, as the parser of JWTs takes them. Errors: ErrUnknown, ErrProvider.
func (k *keySet) find(ctx context.Context, kid, algorithm string) (jwt.VerificationKeySet, error) {
	found, old := k.known(kid, algorithm)
	if len(found.Keys) > 0 {
		if old {
			go k.refresh(context.WithoutCancel(ctx)) //nolint:errcheck // what is known goes on, and the next one tries again
		}
		return found, nil
	}
	err := k.refresh(ctx)
	if found, _ = k.known(kid, algorithm); len(found.Keys) > 0 {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	return found, ErrUnknown
}

// known returns the keys with an id, and whether they were read long ago. Without an id, all are tried.
func (k *keySet) known(kid, algorithm string) (set jwt.VerificationKeySet, old bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.keys {
		if (kid == "" || key.KeyID == kid) && (key.Algorithm == "" || key.Algorithm == algorithm) {
			set.Keys = append(set.Keys, key.Key)
		}
	}
	return set, k.now().Sub(k.read) >= keysAge
}

// refresh reads the keys, unless that was tried a moment ago: then its error is that one's.
func (k *keySet) refresh(ctx context.Context) error {
	done := k.flight.DoChan("", func() (any, error) {
		k.mu.Lock()
		recent, err := !k.tried.IsZero() && k.now().Sub(k.tried) < keysPause, k.err
		k.mu.Unlock()
		if recent {
			return nil, err
		}
		keys, err := k.fetch(context.WithoutCancel(ctx))
		k.mu.Lock()
		defer k.mu.Unlock()
		k.tried, k.err = k.now(), err
		if err == nil {
			k.keys, k.read = keys, k.tried
		}
		return nil, err
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fetch reads the discovery document and the keys that it names.
func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	var discovery struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+"/.well-known/openid-configuration", &discovery); err != nil {
		return nil, err
	}
	if discovery.Issuer != k.issuer { // OpenID Connect Discovery 1.0 section 4.3
		return nil, fmt.Errorf("its discovery document is of the issuer %.100q", discovery.Issuer)
	}
	if u, err := url.Parse(discovery.Keys); err != nil || !safe(u) {
		return nil, fmt.Errorf("its keys are at %.100q, which is no https URL", discovery.Keys)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, discovery.Keys, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		// RFC 7517 section 5: a key that is not understood is passed over.
		if err := key.UnmarshalJSON(text); err == nil && usable(key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key that signs")
	}
	return keys, nil
}

// usable says whether a key is public, for signatures and long enough.
func usable(key jose.JSONWebKey) bool {
	if !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
		return false
	}
	r, isRSA := key.Key.(*rsa.PublicKey)
	return !isRSA || r.N.BitLen() >= 2048
}

func (k *keySet) get(ctx context.Context, from string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	response, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", from, response.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	return nil
}
