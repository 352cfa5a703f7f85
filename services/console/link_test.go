package console

import (
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/services/console/web"
)

// Where a template leads: links and what htmx gets, forms, and paths that are given to parts.
var (
	linkPattern    = regexp.MustCompile(`(?:href|hx-get)="(/[^"]*)"|"(?:Path|FirstPath)" "(/[^"]*)"`)
	formPattern    = regexp.MustCompile(`<form[^>]*>`)
	actionPattern  = regexp.MustCompile(`(?:form)?action="(/[^"]*)"`)
	confirmPattern = regexp.MustCompile(`"Action" (?:\(printf )?"(/[^"]*)"`)
	valuePattern   = regexp.MustCompile(`{{[^}]*}}|%s`)
)

// served says whether a route of the table answers a path, in which values stand for what they will be.
func served(routes []web.Route, method, target string) bool {
	target = valuePattern.ReplaceAllString(target, "x")
	target, _, _ = strings.Cut(target, "?")
	return slices.ContainsFunc(routes, func(r web.Route) bool {
		if r.Method != method {
			return false
		}
		want, have := strings.Split(r.Path, "/"), strings.Split(target, "/")
		return slices.EqualFunc(want, have, func(w, h string) bool { return w == h || strings.HasPrefix(w, ":") && h != "" })
	})
}

// Each link and form of a page, and each place of the navigation, leads to a route that there is.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	parts := assembled(t)
	var tenant, operators []web.Route
	for _, p := range parts {
		tenant, operators = append(tenant, p.Routes...), append(operators, p.Operator...)
	}
	found := 0
	for _, p := range parts {
		found += followed(t, p, tenant, operators)
		for _, to := range p.Leads {
			if !served(tenant, http.MethodGet, to) {
				t.Errorf("nothing answers %s", to)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d links and forms were found", found)
	}
	for _, routes := range []struct {
		places []web.Section
		routes []web.Route
	}{{tenantPlaces(), tenant}, {operatorPlaces(), operators}} {
		for _, section := range routes.places {
			for _, p := range section.Places {
				if !served(routes.routes, http.MethodGet, p.Path) {
					t.Errorf("the navigation: nothing answers %s", p.Path)
				}
			}
		}
	}
	if served(tenant, http.MethodGet, "/settings/hosts/x") || served(tenant, http.MethodPost, "/log") || !served(tenant, http.MethodGet, "/log/{{.ID}}?x=1") {
		t.Error("the test takes anything")
	}
}

// assembled are the parts of a console without stores, and last what it has without any part.
func assembled(t *testing.T) []web.Part {
	t.Helper()
	c, err := web.New(web.Config{Site: web.Site{Now: time.Now, Logger: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Assemble(assembly(c, Config{}, Parts{}, nil)...); err != nil {
		t.Fatal(err)
	}
	return c.Parts()
}

// followed follows the links and forms of a part's templates, and returns how many there are. What the console has without any
// part is on both kinds of hosts.
func followed(t *testing.T, p web.Part, tenant, operators []web.Route) (found int) {
	t.Helper()
	var hosts [][]web.Route
	if len(p.Routes) > 0 {
		hosts = append(hosts, tenant)
	}
	if len(p.Operator) > 0 {
		hosts = append(hosts, operators)
	}
	files, err := fs.Glob(p.Templates, "template/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d templates: %v", len(files), err)
	}
	for _, file := range files {
		name := path.Base(file)
		text, err := fs.ReadFile(p.Templates, file)
		if err != nil {
			t.Fatal(err)
		}
		leads := func(method string, match []string) {
			for _, target := range match[1:] {
				if target == "" {
					continue
				}
				found++
				for _, routes := range hosts {
					if !served(routes, method, target) {
						t.Errorf("%s: nothing answers %s %s", name, method, target)
					}
				}
			}
		}
		for _, match := range linkPattern.FindAllStringSubmatch(string(text), -1) {
			leads(http.MethodGet, match)
		}
		for _, match := range confirmPattern.FindAllStringSubmatch(string(text), -1) {
			leads(http.MethodPost, match)
		}
		for _, form := range formPattern.FindAllString(string(text), -1) {
			method := http.MethodGet
			if strings.Contains(form, `method="post"`) {
				method = http.MethodPost
			}
			for _, match := range actionPattern.FindAllStringSubmatch(form, -1) {
				leads(method, match)
			}
		}
	}
	return found
}
