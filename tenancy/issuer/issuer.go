// Package issuer knows the keys with which OpenID issuers sign JWTs: of those that tenants trust, and of the operator's own
// provider.
//
// It does not verify JWTs and does not decide which issuer may sign what.
//
// Invariants: an issuer that a tenant chose is asked over https at public addresses alone. However often strangers name
// keys, an issuer is asked once in a while, and once at a time. Who has a key that was read within the hour waits for
// nobody, and no key counts longer than a day after its issuer last showed it. The memory of issuers is bounded.
package issuer

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// What Find cannot return keys for.
var (
	ErrNoKey       = errors.New("the issuer has no such key")
	ErrUnavailable = errors.New("the issuer cannot be asked for its keys")
)

// algorithms are those that are verified with a public key: neither none nor an HMAC, which such a key would be good for
// making.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Algorithms returns the names of the algorithms with which issuers may sign (RFC 7518 section 3.1, RFC 8037).
func Algorithms() []string { return slices.Clone(algorithms) }

// Config says which issuers are asked, and how often.
type Config struct {
	// Own says that the operator chose the issuers, and no tenant: they may be at addresses that are not public, speak http
	// on this machine, and are asked through the proxy of the environment. One that shows no key is taken to be broken, where
	// that of a tenant is taken at its word.
	Own bool
	// Pause is how long after an answer an issuer is asked for a key that was not in it; default 10 seconds.
	Pause time.Duration
	Size  int              // how many issuers are remembered; default 1
	Now   func() time.Time // default time.Now
}

// Keys remembers the keys of issuers. It is safe for concurrent use.
type Keys struct {
	config Config
	client *http.Client
	flight singleflight.Group

	mu    sync.Mutex
	known map[string]state // by the issuer
}

// New returns Keys that know none yet.
func New(config Config) *Keys {
	if config.Pause == 0 {
		config.Pause = retry
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Keys{config: config, client: Client(config.Own), known: make(map[string]state)}
}

// Check refuses what is no issuer (OpenID Connect Discovery 1.0 section 3), or none that New would ask with the same Own:
// tokens or keys would cross the network in the clear, or the address is not public. The text of its error completes a
// sentence that begins with the issuer. What a name leads to is checked each time that it is asked.
func Check(issuer string, own bool) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "":
		return errors.New("must be a URL such as https://login.example.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must be a URL without user, query and fragment")
	case !safe(u, own) && own:
		return errors.New("must begin with https://; http is for this machine alone")
	case !safe(u, own):
		return errors.New("must be an https URL")
	}
	if a, err := netip.ParseAddr(u.Hostname()); !own && (err == nil && !public(a) || strings.EqualFold(u.Hostname(), "localhost")) {
		return errors.New("must be at a public address")
	}
	return nil
}

// CheckEndpoint refuses an address that an issuer's configuration must not lead to: what is sent there would cross the
// network in the clear, or it is no URL of a server. The text of its error completes a sentence that begins with the
// address.
func CheckEndpoint(address string, own bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("must be a URL such as https://login.example.com/keys")
	case u.User != nil || u.Fragment != "":
		return errors.New("must be a URL without user and fragment")
	case !safe(u, own):
		return errors.New("must be an https URL")
	}
	return nil
}

// safe says whether nobody on the way can change what is read at a URL.
func safe(u *url.URL, own bool) bool {
	if u.Scheme != "http" || !own {
		return u.Scheme == "https"
	}
	a, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && a.IsLoopback()
}
