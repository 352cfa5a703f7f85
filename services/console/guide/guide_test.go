package guide_test

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/console/guide"
)

var acme = guide.Tenant{
	TenantURL: "https://acme.askspoke.com/scim/v2", TokenURL: "https://acme.askspoke.com/oauth/token",
	Token: "spk_the-token", ClientID: "the-client", ClientSecret: "spc_the-secret",
}

// text is all that a guide says but for its values.
func text(g guide.Guide) string {
	var b strings.Builder
	for _, s := range g.Steps {
		b.WriteString(s.Title + "\n" + string(s.Body) + "\n" + string(s.After) + "\n")
	}
	for _, n := range g.Notes {
		b.WriteString(string(n) + "\n")
	}
	return b.String()
}

func values(g guide.Guide) (list []guide.Value) {
	for _, s := range g.Steps {
		list = append(list, s.Values...)
	}
	return list
}

func fill(t *testing.T, slug string, tenant guide.Tenant) guide.Guide {
	t.Helper()
	g, ok := guide.Get(slug)
	if !ok {
		t.Fatalf("there is no guide %q", slug)
	}
	filled, err := g.For(tenant)
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

func TestGuides(t *testing.T) {
	t.Parallel()
	var slugs []string
	for _, g := range guide.List() {
		slugs = append(slugs, g.Slug)
		t.Run(g.Slug, func(t *testing.T) {
			t.Parallel()
			for _, strict := range []bool{false, true} {
				tenant := acme
				tenant.Strict = strict
				check(t, fill(t, g.Slug, tenant))
			}
		})
	}
	want := []string{"entra", "okta", "google", "onelogin", "jumpcloud", "ping", "keycloak", "other"}
	if diff := cmp.Diff(want, slugs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// leftover is what a template that was not filled in, or Markdown that was not understood, leaves behind.
var leftover = regexp.MustCompile(`\{\{|\}\}|<no value>|ZgotmplZ|\*\*|\]\(|raw HTML|\n\|`)

func check(t *testing.T, g guide.Guide) {
	t.Helper()
	all := text(g)
	if found := leftover.FindString(all); found != "" {
		t.Errorf("%q is left over in\n%s", found, all)
	}
	var labels []string
	var url, token bool
	for _, v := range values(g) {
		labels = append(labels, v.Label)
		url = url || strings.HasPrefix(v.Value, acme.TenantURL)
		token = token || v.Value == acme.Token && v.Secret
		if v.Value == "" || leftover.MatchString(v.Value) {
			t.Errorf("%s is %q", v.Label, v.Value)
		}
		if secret := strings.Contains(v.Value, "spk_") || strings.Contains(v.Value, "spc_"); secret != v.Secret {
			t.Errorf("%s: %q is a secret: %v", v.Label, v.Value, v.Secret)
		}
	}
	if !url || !token {
		t.Errorf("the tenant URL or the token is missing in %v", labels)
	}
	for _, secret := range []string{acme.Token, acme.ClientSecret} {
		if strings.Contains(all, secret) {
			t.Errorf("a secret is in the text")
		}
	}
	if len(g.Notes) < 3 || len(g.Steps) < 4 || !strings.HasPrefix(g.DocsURL, "https://") || g.DocsTitle == "" {
		t.Errorf("%d notes, %d steps, %q, %q", len(g.Notes), len(g.Steps), g.DocsTitle, g.DocsURL)
	}
	if g.Expectations[0].Kind != guide.CheckCredential {
		t.Errorf("the first check is %s", g.Expectations[0].Kind)
	}
	for i, e := range g.Expectations {
		if e.Title == "" || e.Do == "" || slices.ContainsFunc(g.Expectations[:i], func(o guide.Expectation) bool { return o.Kind == e.Kind }) {
			t.Errorf("check %d: %+v", i, e)
		}
	}
}

// Without what is shown once, secrets are empty and say that they are secrets; all else is filled in.
func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, g := range guide.List() {
		filled := fill(t, g.Slug, guide.Tenant{TenantURL: acme.TenantURL, TokenURL: acme.TokenURL})
		for _, v := range values(filled) {
			if (v.Value == "") != (v.Secret || strings.HasPrefix(strings.ToLower(v.Label), "client id") || strings.HasSuffix(v.Label, "Client ID")) {
				t.Errorf("%s: %s is %q", g.Slug, v.Label, v.Value)
			}
		}
	}
}

// Step 2 of the tutorial: the tenant URL goes into the field Tenant URL, the token into Secret Token. Where the tenant is
// strict, Entra needs its flag.
func TestEntra(t *testing.T) {
	t.Parallel()
	for strict, want := range map[bool]string{false: acme.TenantURL, true: acme.TenantURL + "?aadOptscim062020"} {
		tenant := acme
		tenant.Strict = strict
		g := fill(t, "entra", tenant)
		i := slices.IndexFunc(g.Steps, func(s guide.Step) bool { return s.Title == "Connect" })
		got := g.Steps[i].Values
		if diff := cmp.Diff([]guide.Value{{Label: "Tenant URL", Value: want}, {Label: "Secret Token", Value: acme.Token, Secret: true}}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := url.Parse(got[0].Value); err != nil {
			t.Error(err)
		}
		if strings.Contains(text(g), "takes what the standard allows and nothing else") != strict {
			t.Errorf("strict %v: the text says otherwise", strict)
		}
	}
	all := html.UnescapeString(text(fill(t, "entra", acme)))
	for _, attribute := range []string{ // those of the tutorial
		"userName", `emails[type eq "work"].value`, "active", "title", "name.givenName", "name.familyName", "name.formatted",
		`addresses[type eq "work"].locality`, ".country", ".region", "externalId",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
		"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User:startDate", "displayName", "members",
	} {
		if !strings.Contains(all, attribute) {
			t.Errorf("%s is not mentioned", attribute)
		}
	}
}

// What OneLogin's administrators paste is JSON.
func TestOneLoginTemplate(t *testing.T) {
	t.Parallel()
	all := text(fill(t, "onelogin", acme))
	_, code, _ := strings.Cut(all, `<pre><code class="language-json">`)
	code, _, _ = strings.Cut(code, "</code>")
	var user struct {
		Schemas  []string
		UserName string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(code)), &user); err != nil || len(user.Schemas) != 2 || user.UserName == "" {
		t.Errorf("%v, %+v in\n%s", err, user, code)
	}
}

// A tenant's values are text, wherever they come from.
func TestEscaped(t *testing.T) {
	t.Parallel()
	evil := `https://acme"><script>alert(1)</script>.askspoke.com/scim/v2`
	for _, g := range guide.List() {
		if all := text(fill(t, g.Slug, guide.Tenant{TenantURL: evil, TokenURL: evil})); strings.Contains(all, "<script") {
			t.Errorf("%s has a script", g.Slug)
		}
	}
}

func TestNoGuide(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"", "Entra", "../entra", "entra.md", strings.Repeat("x", 1<<16)} {
		if g, ok := guide.Get(slug); ok {
			t.Errorf("%.20q is the guide %s", slug, g.Name)
		}
	}
	g, _ := guide.Get("entra")
	for _, tenant := range []guide.Tenant{{}, {TenantURL: acme.TenantURL}, {TokenURL: acme.TokenURL}} {
		if _, err := g.For(tenant); !errors.Is(err, guide.ErrTenant) {
			t.Errorf("%+v: %v", tenant, err)
		}
	}
}

// What one caller does with a list is not seen by the next.
func TestListIsACopy(t *testing.T) {
	t.Parallel()
	guide.List()[0].Name = "mine"
	if got := guide.List()[0].Name; got == "mine" {
		t.Error("the list is shared")
	}
}
