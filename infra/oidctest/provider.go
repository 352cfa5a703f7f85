// Package oidctest gives a test an OpenID provider of its own: a certified implementation (zitadel/oidc), which serves on a
// loopback socket, with people who sign in by its form.
//
// Invariants: it is gone when the test ends. Its people and its keys change while it runs.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// User is a person whom the provider knows.
type User struct {
	ID       string // sub; default a random one
	Email    string // she signs in by it
	Password string
	Name     string
	// Verified is what the provider says of the address.
	Verified bool
	Claims   map[string]any // besides, in the ID token and at the UserInfo endpoint
}

// Client is an application at the provider.
type Client struct {
	ID, Secret string
	Redirects  []string // where the browser may come back
	// InToken has the ID token say what otherwise the UserInfo endpoint says alone.
	InToken bool
}

// Provider is an OpenID provider. Its methods may be called while it serves.
type Provider struct {
	URL string // the issuer

	mu       sync.Mutex
	users    map[string]User // by address
	clients  map[string]Client
	requests map[string]*request
	codes    map[string]string // code → id of a request
	tokens   map[string]token
	keys     []key // the last one signs
}

// New starts a provider with a client. It ends with the test.
func New(t testing.TB, c Client, users ...User) *Provider {
	t.Helper()
	p := &Provider{
		users: make(map[string]User), clients: make(map[string]Client), requests: make(map[string]*request),
		codes: make(map[string]string), tokens: make(map[string]token),
	}
	p.RotateKey(t)
	p.SetClient(c)
	for _, u := range users {
		p.SetUser(u)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = server.URL
	provider, err := op.NewProvider(&op.Config{
		CryptoKey: sha256.Sum256([]byte(uuid.NewString())), CryptoKeyId: uuid.NewString(), CodeMethodS256: true, AuthMethodPost: true,
	}, storage{p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatalf("no OpenID provider for tests: %v", err)
	}
	back := op.AuthCallbackURL(provider)
	mux.HandleFunc("GET /login", p.showLogin)
	mux.Handle("POST /login", op.NewIssuerInterceptor(provider.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.login(w, r, back)
	}))
	mux.Handle("/", provider)
	return p
}

// SetUser adds a person, or changes the one with the address.
func (p *Provider) SetUser(u User) {
	if u.ID == "" {
		u.ID = uuid.NewString()
	}
	p.change(func() { p.users[u.Email] = u })
}

// SetClient adds an application, or changes the one with the id.
func (p *Provider) SetClient(c Client) { p.change(func() { p.clients[c.ID] = c }) }

// RotateKey has the provider sign with a new key, and show it alone.
func (p *Provider) RotateKey(t testing.TB) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.change(func() { p.keys = []key{{id: uuid.NewString(), private: private}} })
}

func (p *Provider) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// user returns the person with a subject.
func (p *Provider) user(subject string) (found User, ok bool) {
	p.change(func() {
		for _, u := range p.users {
			if u.ID == subject {
				found, ok = u, true
			}
		}
	})
	return found, ok
}
