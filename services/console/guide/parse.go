package guide

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	text "text/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// A guide's text begins with lines of "Name: value" and of "Check KIND: title | what brings it about", up to an empty line.
// Each section of the Markdown that follows is a step, the section "Notes" a list of notes. A block of code in the language
// "values" has a line "Label: value" for each field. {{.TenantURL}} and the other fields of Tenant are filled in later.

// section is a step that is not filled in.
type section struct {
	title       string
	body, after *template.Template // nil: there is none
	fields      []field
}

type field struct {
	label  string
	text   *text.Template
	secret bool
}

func parse(slug, source string) (Guide, error) {
	head, rest, found := strings.Cut(source, "\n\n")
	if !found {
		return Guide{}, errors.New("has no steps")
	}
	g := Guide{Slug: slug}
	for line := range strings.Lines(head) {
		if err := g.parseHead(strings.TrimSpace(line)); err != nil {
			return Guide{}, err
		}
	}
	before, sections, _ := strings.Cut("\n"+rest, "\n## ")
	if strings.TrimSpace(before) != "" {
		return Guide{}, fmt.Errorf("has text before its first step: %.40q", before)
	}
	for part := range strings.SplitSeq(sections, "\n## ") {
		if err := g.parseSection(part); err != nil {
			return Guide{}, err
		}
	}
	if g.Name == "" || g.DocsURL == "" || g.Cadence == "" || len(g.Expectations) == 0 || len(g.sections) == 0 {
		return Guide{}, errors.New("is not complete")
	}
	return g, nil
}

func (g *Guide) parseHead(line string) error {
	name, value, _ := strings.Cut(line, ": ")
	switch name {
	case "Name":
		g.Name = value
	case "Docs":
		g.DocsTitle, g.DocsURL, _ = strings.Cut(value, " | ")
	case "Cadence":
		g.Cadence = value
	default:
		kind, is := strings.CutPrefix(name, "Check ")
		title, do, both := strings.Cut(value, " | ")
		if !is || !both || !slices.Contains(kinds, CheckKind(kind)) {
			return fmt.Errorf("does not understand %q", line)
		}
		g.Expectations = append(g.Expectations, Expectation{CheckKind(kind), title, do})
	}
	return nil
}

func (g *Guide) parseSection(part string) (err error) {
	title, content, _ := strings.Cut(part, "\n")
	if title == "Notes" {
		for item := range strings.SplitSeq(strings.TrimPrefix(strings.TrimSpace(content), "- "), "\n- ") {
			note, err := markdown(item)
			if err != nil {
				return err
			}
			g.notes = append(g.notes, note)
		}
		return nil
	}
	s := section{title: title}
	body, values, has := strings.Cut(content, "```values\n")
	if has {
		var after string
		values, after, _ = strings.Cut(values, "```")
		if strings.Contains(after, "```values") {
			return fmt.Errorf("%q has two blocks of values", title)
		}
		if s.fields, err = parseFields(values); err != nil {
			return err
		}
		if s.after, err = markdown(after); err != nil {
			return err
		}
	}
	s.body, err = markdown(body)
	g.sections = append(g.sections, s)
	return err
}

func parseFields(values string) ([]field, error) {
	var fields []field
	for line := range strings.Lines(values) {
		label, value, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found {
			return nil, fmt.Errorf("%q is no value", line)
		}
		t, err := text.New(label).Parse(value)
		if err != nil {
			return nil, err
		}
		secret := strings.Contains(value, ".Token}") || strings.Contains(value, ".ClientSecret}")
		fields = append(fields, field{label, t, secret})
	}
	return fields, nil
}

// markdown returns a text as HTML that is still to be filled in.
func markdown(source string) (*template.Template, error) {
	if strings.TrimSpace(source) == "" {
		return nil, nil //nolint:nilnil // no text is no template
	}
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(source), &b); err != nil {
		return nil, err
	}
	return template.New("").Parse(b.String())
}
