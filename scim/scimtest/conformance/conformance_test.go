package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/scim/scimtest/conformance"
	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

const secret = "secret-of-the-test"

// serve serves a store in memory the way a program would that uses the protocol by itself.
func serve(t *testing.T, lenient func() *scim.Leniency, start func(http.Handler) *httptest.Server) (o conformance.Options, store provider.Store) {
	t.Helper()
	store = memstore.New()
	p := &provider.Provider{
		Store: store, Types: []*schema.ResourceType{schema.User(schema.SpokeCustom(), rare()), schema.Group()}, Lenient: lenient,
		CursorKey: [32]byte{1}, // any but zero, which is no cursors
	}
	server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response, err := answer(p, w, r)
		if err != nil {
			refused := provider.Error(scim.AsError(err))
			refused.Allow = response.Allow
			response = refused
		}
		if err := response.WriteTo(w); err != nil {
			t.Errorf("write an answer: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	p.Base = server.URL + "/scim/v2"
	return conformance.Options{URL: p.Base, Token: secret, Client: server.Client()}, store
}

func answer(p *provider.Provider, w http.ResponseWriter, r *http.Request) (provider.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/scim/v2") {
		return provider.Response{}, scim.NotFound("There is nothing here.")
	}
	if r.Header.Get("Authorization") != "Bearer "+secret && r.URL.Path != "/scim/v2/ServiceProviderConfig" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return provider.Response{}, &scim.Error{Status: http.StatusUnauthorized, Detail: "Send the token."}
	}
	request, err := provider.ReadRequest(r, "/scim/v2")
	if err != nil {
		return provider.Response{}, err
	}
	return p.Serve(r.Context(), request)
}

// rare has the types and characteristics that no attribute of a user has.
func rare() *schema.Schema {
	attribute := func(name string, change func(a *schema.Attribute)) schema.Attribute {
		a := schema.Attribute{
			Name: name, Type: schema.String, Description: "An attribute of the tests.",
			Mutability: schema.ReadWrite, Returned: schema.ByDefault, Uniqueness: schema.NotUnique,
		}
		change(&a)
		return a
	}
	return &schema.Schema{
		ID: "urn:example:params:scim:schemas:extension:Rare:2.0:User", Name: "Rare", Description: "What is rare.",
		Attributes: []schema.Attribute{
			attribute("number", func(a *schema.Attribute) { a.Type = schema.Integer }),
			attribute("tags", func(a *schema.Attribute) { a.MultiValued = true }),
			attribute("issued", func(a *schema.Attribute) { a.Type = schema.DateTime }),
			attribute("once", func(a *schema.Attribute) { a.Mutability = schema.Immutable }),
			attribute("asked", func(a *schema.Attribute) { a.Returned = schema.OnRequest }),
			attribute("shown", func(a *schema.Attribute) { a.Returned = schema.Always }),
		},
	}
}

func connect(t *testing.T, o conformance.Options) *conformance.Session {
	t.Helper()
	session, err := conformance.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// TestTable has a lenient and a strict provider pass the same checks, but for the tolerances that a check lists.
func TestTable(t *testing.T) {
	t.Parallel()
	lenient, _ := serve(t, scim.Auto, httptest.NewTLSServer)
	strict, _ := serve(t, scim.Strict, httptest.NewTLSServer)
	strict.Profile = conformance.Strict
	conformance.TestProfiles(t, connect(t, lenient), connect(t, strict), map[string]string{
		"/Me says the permanent URI": "the client is an identity provider, which stands for no user",
	})
}

// TestTolerances holds the tolerances that a check lists to their names: with them alone the provider accepts what the check
// wants refused, with all others it does not, and there is none among them that makes no difference.
func TestTolerances(t *testing.T) {
	t.Parallel()
	for _, c := range conformance.Checks() {
		if len(c.Tolerates) == 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			outcome := func(allowed []scim.Tolerance) conformance.Outcome {
				o, _ := serve(t, func() *scim.Leniency { return scim.Only(allowed...) }, httptest.NewServer)
				return connect(t, o).Play(t.Context(), c).Outcome
			}
			if got := outcome(c.Tolerates); got != conformance.Tolerated {
				t.Errorf("with what it lists alone: %s", got)
			}
			others := without(scim.Tolerances(), c.Tolerates...)
			if got := outcome(others); got != conformance.Passed {
				t.Errorf("with all others: %s", got)
			}
			for _, one := range c.Tolerates {
				if outcome(without(c.Tolerates, one)) == conformance.Tolerated && outcome(append(others[:len(others):len(others)], one)) == conformance.Passed {
					t.Errorf("%s makes no difference", one)
				}
			}
		})
	}
}

// without returns the tolerances that are none of these.
func without(all []scim.Tolerance, these ...scim.Tolerance) []scim.Tolerance {
	return slices.DeleteFunc(slices.Clone(all), func(one scim.Tolerance) bool { return slices.Contains(these, one) })
}

func TestSessionLeavesNothing(t *testing.T) {
	t.Parallel()
	o, store := serve(t, scim.Auto, httptest.NewServer)
	reported := 0
	results := connect(t, o).Run(t.Context(), conformance.Checks(), func(conformance.Result) { reported++ })
	if len(results) != len(conformance.Checks()) || reported != len(results) {
		t.Errorf("%d results and %d reports of %d checks", len(results), reported, len(conformance.Checks()))
	}
	for _, r := range results {
		if len(r.Left) > 0 {
			t.Errorf("%s leaves %q", r.Check.Name, r.Left)
		}
	}
	for _, kind := range []*schema.ResourceType{schema.User(), schema.Group()} {
		if page, err := store.List(t.Context(), kind, provider.Query{}); err != nil || page.Total != 0 {
			t.Errorf("%d of %s are left, error %v", page.Total, kind.Name, err)
		}
	}
}

// What answers everything with 200 and an empty list passes only the checks that ask for no more.
func TestYesSayer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", provider.ContentType)
		features := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"patch":{"supported":true},"bulk":{"supported":true},"filter":{"supported":true},"sort":{"supported":true},"etag":{"supported":true}}`
		if _, err := w.Write([]byte(features)); err != nil {
			t.Errorf("write an answer to %s: %v", r.URL, err)
		}
	}))
	t.Cleanup(server.Close)
	easy := []string{
		"Accept takes application/scim+json", "Accept takes application/json, anything, and nothing", "PATCH is supported",
		"a query that matches nothing is answered with 200 and an empty list", "the examples of the RFC are understood",
		"a deep filter is answered or refused, never failed",
	}
	for _, r := range connect(t, conformance.Options{URL: server.URL}).Run(t.Context(), conformance.Checks(), nil) {
		if r.Outcome == conformance.Passed && !slices.Contains(easy, r.Check.Name) {
			t.Errorf("%s passes", r.Check.Name)
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	t.Parallel()
	o, _ := serve(t, scim.Auto, httptest.NewServer)
	for name, change := range map[string]func(o *conformance.Options){
		"no URL":       func(o *conformance.Options) { o.URL = "acme" },
		"a query":      func(o *conformance.Options) { o.URL += "?x" },
		"no profile":   func(o *conformance.Options) { o.Profile = "lax" },
		"nobody there": func(o *conformance.Options) { o.URL = "http://127.0.0.1:1/scim/v2" },
		"no provider":  func(o *conformance.Options) { o.URL = strings.Replace(o.URL, "/scim", "/mics", 1) },
	} {
		broken := o
		change(&broken)
		if _, err := conformance.Connect(t.Context(), broken); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	names := make(map[string]bool)
	for _, c := range conformance.Checks() {
		if names[c.Name] || c.Name == "" {
			t.Errorf("the name %q is empty or there twice", c.Name)
		}
		names[c.Name] = true
		if len(c.Shows) == 0 || c.Run == nil {
			t.Errorf("%s: shows or does nothing", c.Name)
		}
		for _, id := range c.Shows {
			if _, ok := requirement.Find(id); !ok {
				t.Errorf("%s: there is no requirement %s", c.Name, id)
			}
		}
	}
}

// TestEveryRequirementIsShown holds the table to its word: each row has a check, a test, or the reason why not.
func TestEveryRequirementIsShown(t *testing.T) {
	t.Parallel()
	for _, row := range conformance.Coverage() {
		switch r := row.Requirement; {
		case row.Shown() && r.Reason != "":
			t.Errorf("%s is shown and has a reason why not: %s", r.ID, r.Reason)
		case !row.Shown() && r.Reason == "":
			t.Errorf("%s (%s) is shown by nothing and has no reason: %s", r.ID, r.Level, r.Text)
		}
	}
}
