package letter

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
)

//go:embed template
var files embed.FS

// tenantPage is what a tenant's letter is made from.
type tenantPage struct {
	story
	Advice       []string
	URL, Console string
}

// operatorPage is what a letter to operators is made from.
type operatorPage struct {
	Stories   []operatorStory
	All       int // of which Stories are the first
	Dashboard string
}

type operatorStory struct {
	story
	Advice []string
	URL    string
}

// More is how many are not told of.
func (p operatorPage) More() int { return p.All - len(p.Stories) }

// Subject names the tenant where there is one, and else says how many there are.
func (p operatorPage) Subject() string {
	if p.All == 1 {
		return "[Spoke] " + p.Stories[0].Name + " (" + string(p.Stories[0].Slug) + "): " + p.Stories[0].Headline()
	}
	var critical, warning, over int
	for _, s := range p.Stories {
		switch {
		case s.Color() == "#b3261e":
			critical++
		case s.Over():
			over++
		default:
			warning++
		}
	}
	var parts []string
	for _, part := range []struct {
		n     int
		words string
	}{{critical, "critical"}, {warning, "to be looked at"}, {over, "well again"}, {p.More(), "more"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.words))
		}
	}
	return "[Spoke] Provisioning: " + strings.Join(parts, ", ")
}

// letter is a letter in both of its forms.
type letter struct {
	text *template.Template
	html *htmltemplate.Template
}

var (
	tenantLetter   = parse("tenant")
	operatorLetter = parse("operator")
)

// parse reads a letter. Those about one tenant have their frame in common.
func parse(name string) letter {
	return letter{
		template.Must(template.ParseFS(files, "template/"+name+".txt")),
		htmltemplate.Must(htmltemplate.ParseFS(files, "template/"+name+".html", "template/frame.html")),
	}
}

// write returns a letter as plain text and as HTML.
func (l letter) write(page any) (text, html string, err error) {
	var plain, marked bytes.Buffer
	if err := l.text.Execute(&plain, page); err != nil {
		return "", "", fmt.Errorf("write a letter: %w", err)
	}
	if err := l.html.Execute(&marked, page); err != nil {
		return "", "", fmt.Errorf("write a letter: %w", err)
	}
	return plain.String(), marked.String(), nil
}
