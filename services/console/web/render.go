package web

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/services/console/word"
)

//go:embed template/*.html
var templates embed.FS

// page is what a template is given.
type page struct {
	Tenant    tenantShown
	Viewer    Viewer
	Nav       []Section
	Notices   []Notice
	Path      string
	Now       time.Time
	RequestID string
	Data      any
}

type tenantShown struct{ Name, Slug, State, Host string }

// Notice tells at the top of a page what was done. Kind is "done", "warning" or "problem".
type Notice struct{ Kind, Text string }

// Done tells what was done.
func Done(format string, arguments ...any) Notice {
	return Notice{"done", fmt.Sprintf(format, arguments...)}
}

// Warning tells of what did not come out as it was meant to.
func Warning(text string) Notice { return Notice{"warning", text} }

// Problem tells of what went wrong.
func Problem(text string) Notice { return Notice{"problem", text} }

// parse reads the templates: each page with the layout, the parts of all pages, and those of its own Part.
func (s *Console) parse() (map[string]*template.Template, error) {
	base, err := template.New("layout.html").Funcs(s.functions()).ParseFS(templates, "template/layout.html", "template/part*.html")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, p := range s.parts {
		if p.Templates == nil {
			continue
		}
		if err := parsePart(pages, base, p.Templates); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func parsePart(pages map[string]*template.Template, base *template.Template, files fs.FS) error {
	all, err := fs.Glob(files, "template/*.html")
	if err != nil {
		return err
	}
	var shared []string
	all = slices.DeleteFunc(all, func(file string) bool {
		is := strings.HasPrefix(path.Base(file), "part")
		if is {
			shared = append(shared, file)
		}
		return is || path.Base(file) == "layout.html"
	})
	for _, file := range all {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if pages[name] != nil {
			return fmt.Errorf("two parts have a template %q", name)
		}
		set, err := base.Clone()
		if err == nil {
			pages[name], err = set.ParseFS(files, append(slices.Clone(shared), file)...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Show answers with a page.
func (x *Exchange) Show(name string, data any) error { return x.Render(name, http.StatusOK, data) }

// ShowAgain answers with a page whose form has problems.
func (x *Exchange) ShowAgain(name string, data any) error {
	return x.Render(name, http.StatusUnprocessableEntity, data)
}

// Render answers with a page that has another status.
func (x *Exchange) Render(name string, status int, data any) error {
	x.status = status
	return x.execute(name, "layout.html", x.page(data))
}

// Fragment answers with a part of a page: a template that the page's file, or a part's, defines. It is given the data alone.
func (x *Exchange) Fragment(name, part string, data any) error { return x.execute(name, part, data) }

func (x *Exchange) execute(name, part string, data any) error {
	x.Header("Content-Type", "text/html; charset=utf-8")
	if err := x.console.write(&x.body, name, part, data); err != nil {
		x.body.Reset()
		return err
	}
	return nil
}

// write writes a template that the page's file, or a part's, defines.
func (s *Console) write(w io.Writer, name, part string, data any) error {
	set, ok := s.templates[name]
	if !ok {
		return fmt.Errorf("there is no template %q", name)
	}
	if err := set.ExecuteTemplate(w, part, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

func (x *Exchange) page(data any) page {
	p := page{
		Tenant: tenantShown{x.Tenant.Name, string(x.Tenant.Slug), string(x.Tenant.State), x.Host}, Viewer: x.Viewer, Nav: x.navigation(x.Viewer),
		Path: x.Request.URL.Path, Now: x.Now(), RequestID: x.ID, Data: data,
	}
	x.Pop(noticesKey, &p.Notices)
	return p
}

func (s *Console) functions() template.FuncMap {
	return template.FuncMap{
		"asset":    s.assets.URL,
		"dict":     dict,
		"number":   word.Number,
		"percent":  func(ratio float64) string { return word.Format("%.0f %%", 100*ratio) },
		"plural":   word.Plural,
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"utc":      func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
		"ago":      func(t time.Time) string { return word.Ago(s.Now().Sub(t)) },
		"duration": word.Roughly,
		"date":     func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"lower":    strings.ToLower,
		"short":    word.Short,
		"moment":   filter.Shown,
		"took":     word.Took,
		"sum":      func(a, b int64) int64 { return a + b },

		"stateText": word.State,
		"cycleText": word.Cycle,
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
