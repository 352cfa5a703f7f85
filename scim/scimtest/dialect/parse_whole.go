package dialect

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// fits checks what only a whole step shows.
func (p *parser) fits(tr *Transcript, s step) error {
	refused := slices.ContainsFunc(s.statuses, func(status int) bool { return status >= 400 })
	if s.body != "" && !refused && !json.Valid([]byte(s.body)) {
		return p.errorf(s.line, "the body of the step %q is no JSON", s.title)
	}
	after := len(tr.steps) > 0 && tr.steps[len(tr.steps)-1].isState()
	switch {
	case after && !s.isState():
		return p.errorf(s.line, "the step %q comes after the state that the provider believes in", s.title)
	case s.isState() && s.method != http.MethodGet:
		return p.errorf(s.line, "a state is read by GET, not by %s", s.method)
	case s.isState() && len(s.checks) == 0:
		return p.errorf(s.line, "the state %q says nothing of what the provider believes", s.title)
	}
	return nil
}

// whole checks what only a whole transcript shows.
func (p *parser) whole(tr *Transcript) error {
	switch {
	case tr.Title == "":
		return p.errorf(1, "want the title as a comment line")
	case len(tr.Sources) == 0:
		return p.errorf(1, `want a comment line "# source: " that says what shows these requests`)
	case len(tr.steps) == 0 || !tr.steps[len(tr.steps)-1].isState():
		return p.errorf(len(p.lines), `want a last step "== %s …" that reads what the provider believes`, stateMark)
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// placeholders checks that each {{name.path}} names what an earlier step saves.
func (p *parser) placeholders(line int, text string) error {
	text = strings.ReplaceAll(text, "{{n}}", "")
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		name, _, _ := strings.Cut(m[1], ".")
		if !p.saved[name] && !p.saved[strings.TrimRight(name, "0123456789")] {
			return p.errorf(line, "%s names nothing that an earlier step saves", m[0])
		}
	}
	return nil
}
