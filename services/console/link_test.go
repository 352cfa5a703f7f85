package console

import (
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
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
func served(routes []route, method, target string) bool {
	target = valuePattern.ReplaceAllString(target, "x")
	target, _, _ = strings.Cut(target, "?")
	return slices.ContainsFunc(routes, func(r route) bool {
		if r.method != method {
			return false
		}
		want, have := strings.Split(r.path, "/"), strings.Split(target, "/")
		return slices.EqualFunc(want, have, func(w, h string) bool { return w == h || strings.HasPrefix(w, ":") && h != "" })
	})
}

// Each link and form of a page, and each place of the navigation, leads to a route that there is.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	s := &Server{}
	tenant, operators := s.tenantRoutes(), s.operatorRoutes()
	files, err := fs.Glob(templates, "template/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d templates: %v", len(files), err)
	}
	found := 0
	for _, file := range files {
		name, hosts := path.Base(file), [][]route{tenant}
		switch {
		case strings.HasPrefix(name, "operator_"):
			hosts = [][]route{operators}
		case name == "layout.html":
			hosts = append(hosts, operators)
		}
		text, err := fs.ReadFile(templates, file)
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
	if found < 100 {
		t.Errorf("only %d links and forms were found", found)
	}
	for _, l := range remedies {
		if !served(tenant, http.MethodGet, l.Path) {
			t.Errorf("a remedy: nothing answers %s", l.Path)
		}
	}
	for _, routes := range []struct {
		places []section
		routes []route
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
