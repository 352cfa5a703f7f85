package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

const (
	base             = "https://acme.askspoke.com/scim/v2"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	customSchema     = "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User"
)

// service is a provider whose ids count up and whose clock goes a second with each look.
type service struct {
	t testing.TB
	*provider.Provider
}

func newService(t testing.TB, store provider.Store, lenient func() *scim.Leniency) *service {
	t.Helper()
	ids, seconds := 0, 0
	return &service{t, &provider.Provider{
		Store: store, Types: []*schema.ResourceType{schema.User(schema.SpokeCustom()), schema.Group()}, Base: base, Lenient: lenient,
		CursorKey: [32]byte{31: 1},
		NewID: func() string {
			ids++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
		},
		Now: func() time.Time {
			seconds++
			return time.Date(2026, 3, 1, 12, 0, seconds, 0, time.UTC)
		},
	}}
}

// inMemory is a service over an empty store in memory, of the default profile.
func inMemory(t testing.TB) *service {
	t.Helper()
	return newService(t, memstore.New(), scim.Auto)
}

// strict is the same service with no tolerance.
func (s service) strict() *service {
	p := *s.Provider
	p.Lenient = scim.Strict
	s.Provider = &p
	return &s
}

// answer is a response, of an error as a client reads it.
type answer struct {
	provider.Response
	err error // what Serve returned
}

// do sends a request. A path may have a query.
func (s *service) do(method, path, body string) answer {
	s.t.Helper()
	return s.doIf(method, path, body, "", "")
}

// doIf sends a conditional request.
func (s *service) doIf(method, path, body, ifMatch, ifNoneMatch string) answer {
	s.t.Helper()
	path, rawQuery, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.Serve(context.Background(), provider.Request{
		Method: method, Path: path, Query: query, Body: []byte(body), IfMatch: ifMatch, IfNoneMatch: ifNoneMatch,
	})
	if err == nil {
		return answer{response, nil}
	}
	refused := provider.Error(scim.AsError(err))
	refused.Route, refused.Allow = response.Route, response.Allow
	return answer{refused, err}
}

// is fails the test at once when the status is another.
func (a answer) is(t testing.TB, status int) answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// object is the body.
func (a answer) object(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.Body, &object); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return object
}

// create makes a resource and returns its id.
func (s *service) create(endpoint, body string) string {
	s.t.Helper()
	id, _ := s.do(http.MethodPost, endpoint, body).is(s.t, http.StatusCreated).object(s.t)["id"].(string)
	return id
}

// members are the ids of a group's members.
func (s *service) members(group string) []string {
	s.t.Helper()
	list, _ := s.do(http.MethodGet, "/Groups/"+group, "").is(s.t, http.StatusOK).object(s.t)["members"].([]any)
	ids := make([]string, 0, len(list))
	for _, item := range list {
		id, _ := item.(map[string]any)["value"].(string)
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// where is the query for a filter.
func where(filter string) string { return "filter=" + url.QueryEscape(filter) }

// patch is the body of a PATCH; operations are JSON.
func patch(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

// memberList is a list of members in JSON.
func memberList(ids ...string) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"value":%q}`, id)
	}
	return "[" + b.String() + "]"
}

// scimError is the *scim.Error in err, or nil.
func scimError(err error) *scim.Error {
	var e *scim.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// quiet sends a conditional request from any goroutine, below the log of calls, and returns the status.
func (s *service) quiet(method, path, body, ifMatch string) int {
	p := *s.Provider
	p.Now, p.NewID = nil, nil
	if w, ok := p.Store.(*watched); ok {
		p.Store = w.Store
	}
	response, err := p.Serve(context.Background(), provider.Request{Method: method, Path: path, Body: []byte(body), IfMatch: ifMatch})
	if err != nil {
		return scim.AsError(err).Status
	}
	return response.Status
}
