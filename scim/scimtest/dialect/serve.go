package dialect

import (
	"crypto/subtle"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// Server serves one store over HTTP, to be played at. It remembers which tolerances the requests needed.
type Server struct {
	Target
	provider provider.Provider

	mu   sync.Mutex
	used map[scim.Tolerance]bool
}

const basePath = "/scim/v2"

// Serve serves a store until the test ends. lenient makes the tolerances of one request: scim.Auto.
func Serve(t testing.TB, store provider.Store, lenient func() *scim.Leniency) *Server {
	t.Helper()
	s := &Server{used: make(map[scim.Tolerance]bool)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Target = Target{URL: server.URL + basePath, Token: "token-of-the-test", Transport: server.Client().Transport}
	s.provider = provider.Provider{
		Store: store, Types: []*schema.ResourceType{schema.User(schema.SpokeCustom()), schema.Group()}, Base: s.URL, Lenient: lenient,
		CursorKey: [32]byte{1}, // any but zero, which is no cursors
	}
	return s
}

// Used are the tolerances that the requests so far needed, by name, in the order of scim.Tolerances.
func (s *Server) Used() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, t := range scim.Tolerances() {
		if s.used[t] {
			names = append(names, t.String())
		}
	}
	return names
}

// ServeHTTP answers a request of whoever has the token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	response, err := s.answer(r)
	s.mu.Lock()
	for _, t := range response.Tolerances {
		s.used[t] = true
	}
	s.mu.Unlock()
	if err != nil {
		refused := provider.Error(scim.AsError(err))
		refused.Allow = response.Allow
		response = refused
	}
	if response.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="scim"`)
	}
	_ = response.WriteTo(w) // a client that went away misses its answer
}

func (s *Server) answer(r *http.Request) (provider.Response, error) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.Token)) == 0 {
		return provider.Response{}, &scim.Error{Status: http.StatusUnauthorized, Detail: "The token is not the one of this test."}
	}
	request, err := provider.ReadRequest(r, basePath)
	if err != nil {
		return provider.Response{}, err
	}
	return s.provider.Serve(r.Context(), request)
}
