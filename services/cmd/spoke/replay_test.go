package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// administratorAt is an administrator who is signed in to the console of acme.
type administratorAt struct {
	t      *testing.T
	client *http.Client
	origin string
}

// asks asks for a page, or sends a form to one, and returns the page that came.
func (a *administratorAt) asks(method, path string, form url.Values) (status int, page string) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

var (
	entryLink = regexp.MustCompile(`href="(/log/[0-9a-f-]{36})"`)
	onceField = regexp.MustCompile(`name="once" value="([0-9a-f-]{36})"`)
)

// A request that the gateway refused is found in the console's log, checked, corrected and sent through the same gateway;
// the user is there for the identity provider, and the log says who made it.
func TestServeReplays(t *testing.T) {
	t.Parallel()
	database, keyText := pgtest.ControlDatabase(t), token.GenerateKey()
	env := []string{
		"SPOKE_DATABASE_URL=" + database, "SPOKE_BASE_DOMAIN=localhost", "SPOKE_PUBLIC_SCHEME=http", "SPOKE_TOKEN_KEY=" + keyText,
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=1ms",
	}
	if out, err := spoke(t, env, "tenant", "create", "acme").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	db := pgtest.Open(t, database, tenantdb.Options{})
	acme, err := lifecycle.New(lifecycle.Config{DB: db}).Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.ParseKey(keyText)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := token.New(token.Config{DB: db, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := tokens.Mint(t.Context(), acme.ID, "Entra", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	admins, err := admin.New(admin.Config{DB: db, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	ada, err := admins.Add(t.Context(), admin.NewAdministrator{ID: uuid.NewString(), Tenant: acme.ID, Email: "ada@acme.example", Name: "Ada", Role: admin.Admin, CreatedBy: "shell:test"})
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := admins.CreateSignIn(t.Context(), acme.ID, ada.ID, "/log")
	if err != nil {
		t.Fatal(err)
	}

	p := startServeIn(t, env)
	t.Cleanup(func() {
		p.Process.Kill()
		_ = p.Wait()
	})
	_, port, _ := strings.Cut(p.scim, ":")
	origin := "http://acme.localhost:" + port
	scim := func(method, path, body string) (int, map[string]any) {
		t.Helper()
		status, object, err := request(t.Context(), origin+"/scim/v2", secret.Reveal(), method, path, body)
		if err != nil {
			t.Fatalf("%v\n%s", err, p.out)
		}
		return status, object
	}
	if status, _ := scim(http.MethodPost, "/Users", `{"userName":"ann"}`); status != http.StatusCreated {
		t.Fatalf("ann: %d", status)
	}
	if status, _ := scim(http.MethodPost, "/Users", `{"userName":"ANN","title":"Countess"}`); status != http.StatusConflict {
		t.Fatalf("ann again: %d", status)
	}

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &administratorAt{t, &http.Client{Transport: identityProvider.Transport, Jar: jar}, origin}
	if status, page := a.asks(http.MethodPost, "/sign-in/link/"+link.Reveal(), nil); status != http.StatusOK || !strings.Contains(page, "ada@acme.example") {
		t.Fatalf("signed in: %d %s", status, page)
	}
	var entry string
	fixture.Succeeds(t, "the refusal is in the log", func() error {
		status, page := a.asks(http.MethodGet, "/log?outcome=refused", nil)
		found := entryLink.FindStringSubmatch(page)
		if found == nil {
			return fmt.Errorf("%d %s", status, page)
		}
		entry = found[1]
		return nil
	})
	status, form := a.asks(http.MethodGet, entry+"/replay", nil)
	once := onceField.FindStringSubmatch(form)
	if status != http.StatusOK || once == nil || !strings.Contains(form, "Countess") {
		t.Fatalf("the form: %d %s", status, form)
	}
	says := func(way, body, want string) {
		t.Helper()
		if status, page := a.asks(http.MethodPost, entry+way, url.Values{"once": {once[1]}, "body": {body}}); status != http.StatusOK || !strings.Contains(page, want) {
			t.Fatalf("%s %s: %d, no %q: %s", way, body, status, want, page)
		}
	}
	says("/check", `{"userName":"ANN"}`, "refused, 409")
	says("/check", `{"userName":"bob"}`, "would be accepted, 201")
	is := func(name string, want float64) error {
		if _, list := scim(http.MethodGet, "/Users?filter="+url.QueryEscape(`userName eq "`+name+`"`), ""); list["totalResults"] != want {
			return fmt.Errorf("%s: %v", name, list)
		}
		return nil
	}
	if err := is("bob", 0); err != nil {
		t.Errorf("a check made somebody: %v", err)
	}
	says("/replay", `{"userName":"ANN"}`, "refused, 409")
	for range 2 { // sent twice, and made once
		says("/replay", `{"userName":"bob"}`, "accepted, 201")
	}
	if err := errors.Join(is("bob", 1), is("ann", 1)); err != nil {
		t.Error(err)
	}
	if _, page := a.asks(http.MethodGet, "/log?action=create&outcome=accepted&actor="+url.QueryEscape(ada.Actor()), nil); strings.Count(page, "Created user bob") != 1 {
		t.Errorf("the log does not say who made bob once: %s", page)
	}
	fixture.Succeeds(t, "what was refused again is in the log", func() error {
		if _, page := a.asks(http.MethodGet, "/log?outcome=refused&actor="+url.QueryEscape(ada.Actor()), nil); strings.Count(page, "Refused: Create user ANN") != 1 {
			return errors.New(page)
		}
		return nil
	})
}
