package issuer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of what an issuer answers.
const (
	maxDocument = 1 << 20 // bytes of its configuration, and of its keys
	maxKeys     = 100
)

// fetch asks an issuer for its configuration (OpenID Connect Discovery 1.0 section 4) and for the keys that it names.
func (k *Keys) fetch(ctx context.Context, issuer string) (keys []jose.JSONWebKey, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	defer func() { // a stranger's keys and certificates are parsed here, where no server would catch a panic
		if p := recover(); p != nil {
			keys, err = nil, fmt.Errorf("read keys of issuer %q: panic: %v", issuer, p)
		}
	}()
	var configuration struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := k.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &configuration); err != nil {
		return nil, fmt.Errorf("read configuration of issuer %q: %w", issuer, err)
	}
	if configuration.Issuer != issuer {
		return nil, fmt.Errorf("read configuration of issuer %q: it is that of %.200q", issuer, configuration.Issuer)
	}
	if keys, err = k.keysAt(ctx, configuration.JWKS); err != nil {
		return nil, fmt.Errorf("read keys of issuer %q: %w", issuer, err)
	}
	if len(keys) == 0 && k.config.Own {
		return nil, fmt.Errorf("read keys of issuer %q: it has none that signs", issuer)
	}
	return keys, nil
}

// keysAt returns the usable keys that are shown at an address.
func (k *Keys) keysAt(ctx context.Context, address string) (keys []jose.JSONWebKey, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, address, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("they are more than %d", maxKeys)
	}
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(text); err == nil && usable(key) { // RFC 7517 section 5: one that is not understood is passed over
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (k *Keys) get(ctx context.Context, address string, into any) error {
	if err := CheckEndpoint(address, k.config.Own); err != nil {
		return fmt.Errorf("%.200q is not a URL that is safe to read keys at: it %w", address, err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
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
		return fmt.Errorf("%s answers with status %d", u.Redacted(), response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return err
	}
	if len(body) > maxDocument { // a transport of somebody else's, which does not bound it
		return fmt.Errorf("%s: %w", u.Redacted(), ErrTooLarge)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s answers with no JSON of the right form: %w", u.Redacted(), err)
	}
	return nil
}
