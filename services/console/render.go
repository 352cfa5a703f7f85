package console

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed template/*.html
var templates embed.FS

// page is what a template is given.
type page struct {
	Tenant    tenantShown
	Viewer    Viewer
	Nav       []section
	Notices   []notice
	Path      string
	Now       time.Time
	RequestID string
	Data      any
}

type tenantShown struct{ Name, Slug, State, Host string }

// notice tells at the top of a page what was done. Kind is "done", "warning" or "problem".
type notice struct{ Kind, Text string }

func done(format string, arguments ...any) notice {
	return notice{"done", fmt.Sprintf(format, arguments...)}
}

// parse reads the templates: each page with the layout and the parts.
func (s *Server) parse() (map[string]*template.Template, error) {
	base, err := template.New("layout.html").Funcs(s.functions()).ParseFS(templates, "template/layout.html", "template/part*.html")
	if err != nil {
		return nil, err
	}
	all, err := templates.ReadDir("template")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, entry := range all {
		name, _ := strings.CutSuffix(entry.Name(), ".html")
		if name == "layout" || strings.HasPrefix(name, "part") {
			continue
		}
		set, err := base.Clone()
		if err == nil {
			pages[name], err = set.ParseFS(templates, path.Join("template", entry.Name()))
		}
		if err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// show answers with a page.
func (x *exchange) show(name string, data any) error { return x.render(name, http.StatusOK, data) }

// showAgain answers with a page whose form has problems.
func (x *exchange) showAgain(name string, data any) error {
	return x.render(name, http.StatusUnprocessableEntity, data)
}

func (x *exchange) render(name string, status int, data any) error {
	x.status = status
	return x.execute(name, "layout.html", x.page(data))
}

// fragment answers with a part of a page: a template that the page's file, or a part's, defines. It is given the data alone.
func (x *exchange) fragment(name, part string, data any) error { return x.execute(name, part, data) }

func (x *exchange) execute(name, part string, data any) error {
	x.Header("Content-Type", "text/html; charset=utf-8")
	if err := x.server.write(&x.body, name, part, data); err != nil {
		x.body.Reset()
		return err
	}
	return nil
}

// write writes a template that the page's file, or a part's, defines.
func (s *Server) write(w io.Writer, name, part string, data any) error {
	set, ok := s.templates[name]
	if !ok {
		return fmt.Errorf("there is no template %q", name)
	}
	if err := set.ExecuteTemplate(w, part, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

func (x *exchange) page(data any) page {
	p := page{
		Tenant: tenantShown{x.tenant.Name, string(x.tenant.Slug), string(x.tenant.State), x.host}, Viewer: x.viewer, Nav: x.navigation(),
		Path: x.Request.URL.Path, Now: x.now(), RequestID: x.id, Data: data,
	}
	x.pop(noticesKey, &p.Notices)
	return p
}

func (s *Server) functions() template.FuncMap {
	return template.FuncMap{
		"asset":    s.assets.URL,
		"dict":     dict,
		"number":   number,
		"percent":  func(ratio float64) string { return formatted("%.0f %%", 100*ratio) },
		"plural":   plural,
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"utc":      func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
		"ago":      func(t time.Time) string { return ago(s.config.Now().Sub(t)) },
		"duration": roughly,
		"date":     func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"lower":    strings.ToLower,
		"short":    short,
		"took":     took,
		"sum":      func(a, b int64) int64 { return a + b },

		"stateText": stateText,
		"cycleText": cycleText,
		"words":     func(text any) string { return strings.ReplaceAll(fmt.Sprint(text), "_", " ") },
	}
}

// dict makes the data of a part: names and values by turns.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict needs a value for each name")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
