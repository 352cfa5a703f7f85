package dialect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Parse reads a transcript. The error names the line and says what was expected there.
func Parse(name, text string) (*Transcript, error) {
	p := newParser(name, text)
	tr := &Transcript{Name: name}
	err := p.head(tr)
	if err == nil {
		err = p.steps(tr)
	}
	if err == nil {
		err = p.whole(tr)
	}
	if err != nil {
		return nil, err
	}
	return tr, nil
}

// steps reads all steps that follow.
func (p *parser) steps(tr *Transcript) error {
	for p.skip() {
		s, err := p.step(tr)
		if err != nil {
			return err
		}
		tr.steps = append(tr.steps, s)
	}
	return nil
}

type parser struct {
	name  string
	lines []string
	at    int // the next line
	saved map[string]bool
}

func newParser(name, text string) *parser {
	return &parser{
		name: name, lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n"),
		saved: map[string]bool{"base": true, "uuid": true},
	}
}

func (p *parser) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s.txt:%d: "+format, append([]any{p.name, line}, args...)...)
}

func (p *parser) more() bool { return p.at < len(p.lines) }

func (p *parser) line() string { return strings.TrimRight(p.lines[p.at], " \t") }

func isComment(line string) bool { return strings.HasPrefix(line, "#") }

// skip goes to the next line that says something, and tells whether there is one.
func (p *parser) skip() bool {
	for p.more() && (p.line() == "" || isComment(p.line())) {
		p.at++
	}
	return p.more()
}

// head reads the comment lines at the start, and the headers of every request.
func (p *parser) head(tr *Transcript) error {
	for ; p.more() && isComment(p.line()); p.at++ {
		text := strings.TrimSpace(strings.TrimPrefix(p.line(), "#"))
		key, value, _ := strings.Cut(text, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "source":
			tr.Sources = append(tr.Sources, value)
		case "inferred":
			tr.Inferred = append(tr.Inferred, value)
		case "needs":
			tr.Needs, err = p.tolerances(value)
		case "requires":
			tr.Requires, err = p.features(value)
		default:
			if tr.Title == "" {
				tr.Title = text
			}
		}
		if err != nil {
			return err
		}
	}
	if !p.skip() || p.line() != "every request" {
		return nil
	}
	p.at++
	var err error
	tr.headers, err = p.headers()
	return err
}

// tolerances reads the names after "needs", in any order, and returns them in the order of scim.Tolerances.
func (p *parser) tolerances(list string) ([]string, error) {
	given := split(list)
	var needs []string
	for _, t := range scim.Tolerances() {
		if i := slices.Index(given, t.String()); i >= 0 {
			needs = append(needs, t.String())
			given = slices.Delete(given, i, i+1)
		}
	}
	if len(given) > 0 {
		return nil, p.errorf(p.at+1, "%q is no tolerance of package scim", given[0])
	}
	return needs, nil
}

func (p *parser) features(list string) ([]string, error) {
	given := split(list)
	for _, name := range given {
		if features[name] == "" {
			return nil, p.errorf(p.at+1, "%q is no feature that ServiceProviderConfig announces: cursor, bulk, sort or etag", name)
		}
	}
	return given, nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
