package onboarding

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/yuin/goldmark"
)

//go:embed page/*.html page/style.css
var pages embed.FS

// policy lets a page load its own style and nothing else, and nobody frame it.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// routePages serves what people read, and the document. It needs no credential: it says nothing of any tenant.
func (s *Server) routePages(engine *gin.Engine) {
	templates := sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(pages, "page/*.html")) // embedded: a test has seen it parse
	})
	html := func(name string, data func() any) gin.HandlerFunc { // rendered when somebody asks for it, once
		page := sync.OnceValues(func() ([]byte, error) {
			var page bytes.Buffer
			err := templates().ExecuteTemplate(&page, name, data())
			return page.Bytes(), err
		})
		return func(c *gin.Context) {
			body, err := page()
			if err != nil {
				fail(c, fmt.Errorf("render %s: %w", name, err))
				return
			}
			static("text/html; charset=utf-8", body)(c)
		}
	}
	engine.GET("/", html("docs.html", func() any { return describe(s.document.spec) }))
	engine.GET("/openapi.json", static("application/json", s.document.json))
	style, err := pages.ReadFile("page/style.css")
	if err != nil {
		panic("read the embedded style: " + err.Error())
	}
	engine.GET("/style.css", static("text/css; charset=utf-8", style))
	engine.GET("/problems", html("problems.html", func() any { return problemPages() }))
	for _, p := range problemPages() {
		engine.GET(problemPath+p.Kind, html("problem.html", func() any { return p }))
	}
}

// static answers with the same bytes every time.
func static(media string, body []byte) gin.HandlerFunc {
	return func(c *gin.Context) {
		header := c.Writer.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "public, max-age=300")
		c.Data(http.StatusOK, media, body)
	}
}

// problemPage is what a page says of a kind of problem.
type problemPage struct {
	Kind, Title, Explain string
	Status               int
	Retry                int // seconds
}

func problemPages() []problemPage {
	list := make([]problemPage, len(definitions))
	for i, d := range definitions {
		list[i] = problemPage{string(d.kind), d.title, d.explain, d.status, int(d.retry.Seconds())}
	}
	return list
}

// markdown renders a description of the document, which is ours. HTML in it is left out.
func markdown(text string) template.HTML {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // it is escaped
	}
	return template.HTML(out.String()) //nolint:gosec // goldmark escapes, and leaves HTML out
}

// docs is what the page shows.
type docs struct {
	Title, Version string
	Description    template.HTML
	Tags           []tagDocs
	Schemas        []schemaDocs
}

type tagDocs struct {
	Name        string
	Description template.HTML
	Operations  []operationDocs
}

type operationDocs struct {
	ID, Method, Path, Summary, Role string
	Description                     template.HTML
	Parameters                      []fieldDocs
	Body                            typeDocs
	Answers                         []answerDocs
	Problems                        []string
}

type answerDocs struct {
	Status      string
	Description template.HTML
	Body        typeDocs
}

type fieldDocs struct {
	Name, In, Example string
	Required          bool
	Type              typeDocs
	Description       template.HTML
}

type schemaDocs struct {
	Name        string
	Description template.HTML
	Type        typeDocs
	Fields      []fieldDocs
}

// typeDocs names a type, and the schema that it leads to.
type typeDocs struct{ Text, Link string }

// methods is the order in which operations of a path are shown.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// describe returns what the page shows of a document.
func describe(spec *openapi3.T) docs {
	d := docs{Title: spec.Info.Title, Version: spec.Info.Version, Description: markdown(spec.Info.Description)}
	paths := make([]string, 0, spec.Paths.Len())
	for path := range spec.Paths.Map() {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, tag := range spec.Tags {
		t := tagDocs{Name: tag.Name, Description: markdown(tag.Description)}
		for _, path := range paths {
			item := spec.Paths.Value(path)
			for _, method := range methods {
				if o := item.GetOperation(method); o != nil && slices.Contains(o.Tags, tag.Name) {
					t.Operations = append(t.Operations, describeOperation(path, method, item, o))
				}
			}
		}
		d.Tags = append(d.Tags, t)
	}
	names := make([]string, 0, len(spec.Components.Schemas))
	for name := range spec.Components.Schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		schema := spec.Components.Schemas[name].Value
		d.Schemas = append(d.Schemas, schemaDocs{
			Name: name, Description: markdown(schema.Description), Type: describeType(&openapi3.SchemaRef{Value: schema}), Fields: describeFields(schema),
		})
	}
	return d
}

func describeOperation(path, method string, item *openapi3.PathItem, o *openapi3.Operation) operationDocs {
	role, _ := o.Extensions["x-role"].(string)
	d := operationDocs{ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, Role: role, Description: markdown(o.Description)}
	for _, p := range append(slices.Clone(item.Parameters), o.Parameters...) {
		d.Parameters = append(d.Parameters, fieldDocs{
			Name: p.Value.Name, In: p.Value.In, Required: p.Value.Required, Type: describeType(p.Value.Schema),
			Description: markdown(p.Value.Description), Example: example(p.Value.Example),
		})
	}
	if o.RequestBody != nil {
		d.Body = describeContent(o.RequestBody.Value.Content)
	}
	for _, status := range []string{"200", "201", "202", "204"} {
		if r := o.Responses.Value(status); r != nil {
			d.Answers = append(d.Answers, answerDocs{status, markdown(*r.Value.Description), describeContent(r.Value.Content)})
		}
	}
	if list, ok := o.Extensions["x-problems"].([]any); ok {
		for _, p := range list {
			d.Problems = append(d.Problems, fmt.Sprint(p))
		}
	}
	return d
}

func describeContent(content openapi3.Content) typeDocs {
	for _, media := range content {
		return describeType(media.Schema)
	}
	return typeDocs{}
}

// describeFields returns the properties of an object, those of its allOf too: first those that must be there.
func describeFields(s *openapi3.Schema) []fieldDocs {
	var fields []fieldDocs
	for _, part := range s.AllOf {
		fields = append(fields, describeFields(part.Value)...)
	}
	for name, p := range s.Properties {
		fields = append(fields, fieldDocs{
			Name: name, Required: slices.Contains(s.Required, name), Type: describeType(p),
			Description: markdown(p.Value.Description), Example: example(p.Value.Example),
		})
	}
	slices.SortFunc(fields, func(a, b fieldDocs) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return fields
}

func describeType(ref *openapi3.SchemaRef) typeDocs {
	if ref == nil {
		return typeDocs{}
	}
	if name := ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]; name != "" {
		return typeDocs{name, name}
	}
	s := ref.Value
	switch {
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return typeDocs{Text: strings.Join(values, " | ")}
	case s.Type.Is("array"):
		item := describeType(s.Items)
		return typeDocs{"list of " + item.Text, item.Link}
	case s.Format != "":
		return typeDocs{Text: s.Format}
	case s.Type == nil:
		return typeDocs{Text: "object"}
	}
	return typeDocs{Text: strings.Join(s.Type.Slice(), " | ")}
}

func example(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return ""
}
