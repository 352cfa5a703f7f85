package dialect

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func (p *parser) step(tr *Transcript) (step, error) {
	s := step{line: p.at + 1, repeat: 1}
	title, ok := strings.CutPrefix(p.line(), "== ")
	if !ok {
		return s, p.errorf(s.line, `want "== " and the title of a step, not %q`, p.line())
	}
	s.title = strings.TrimSpace(title)
	p.at++
	for _, part := range []func(*step) error{p.repeat, p.requestLine, p.requestHeaders, p.body, p.statuses, p.checks} {
		if err := part(&s); err != nil {
			return s, err
		}
	}
	return s, p.fits(tr, s)
}

func (p *parser) repeat(s *step) error {
	if !p.skip() {
		return p.errorf(p.at, "the step %q has no request", s.title)
	}
	count, ok := strings.CutPrefix(p.line(), "repeat ")
	if !ok {
		return nil
	}
	var err error
	if s.repeat, err = strconv.Atoi(count); err != nil || s.repeat < 1 || s.repeat > 1000 {
		return p.errorf(p.at+1, "want a number from 1 to 1000 after repeat, not %q", count)
	}
	p.at++
	return nil
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

var origin = regexp.MustCompile(`^https?://[^/]*`)

func (p *parser) requestLine(s *step) error {
	if !p.more() {
		return p.errorf(p.at, "the step %q has no request", s.title)
	}
	line := strings.TrimSuffix(p.line(), " HTTP/1.1")
	s.method, s.target, _ = strings.Cut(line, " ")
	if !slices.Contains(methods, s.method) {
		return p.errorf(p.at+1, "want a request line such as GET /Users, not %q", p.line())
	}
	s.target = origin.ReplaceAllString(strings.TrimSpace(s.target), "")
	s.target = strings.TrimPrefix(s.target, "/scim/v2")
	if s.target != "" && !strings.HasPrefix(s.target, "/") && !strings.HasPrefix(s.target, "?") {
		return p.errorf(p.at+1, "the target %q does not start with a slash", s.target)
	}
	if err := p.placeholders(p.at+1, s.target); err != nil {
		return err
	}
	p.at++
	return nil
}

func (p *parser) requestHeaders(s *step) (err error) {
	s.headers, err = p.headers()
	return err
}

func (p *parser) body(s *step) error {
	first := p.at + 1
	var b []string
	for ; p.more() && !strings.HasPrefix(p.line(), "=>"); p.at++ {
		if strings.HasPrefix(p.line(), "== ") {
			break
		}
		b = append(b, p.lines[p.at])
	}
	s.body = strings.TrimSpace(strings.Join(b, "\n"))
	return p.placeholders(first, s.body)
}

func (p *parser) statuses(s *step) error {
	if !p.more() || !strings.HasPrefix(p.line(), "=>") {
		return p.errorf(min(p.at+1, len(p.lines)), "the step %q does not say which status it expects: want => 200", s.title)
	}
	for _, word := range split(strings.TrimPrefix(p.line(), "=>")) {
		status, err := strconv.Atoi(word)
		if err != nil || status < 100 || status > 599 {
			return p.errorf(p.at+1, "want statuses after =>, such as 200, 204, not %q", word)
		}
		s.statuses = append(s.statuses, status)
	}
	if len(s.statuses) == 0 {
		return p.errorf(p.at+1, "want a status after =>")
	}
	p.at++
	return nil
}

func (p *parser) checks(s *step) error {
	for ; p.more() && !strings.HasPrefix(p.line(), "== "); p.at++ {
		if p.line() == "" || isComment(p.line()) {
			continue
		}
		if name, ok := strings.CutPrefix(p.line(), "save "); ok {
			if s.save = strings.TrimSpace(name); !saveName.MatchString(s.save) {
				return p.errorf(p.at+1, "want a name of letters and digits after save, not %q", s.save)
			}
			continue
		}
		c, err := p.check()
		if err != nil {
			return err
		}
		s.checks = append(s.checks, c)
	}
	if s.save != "" {
		p.saved[strings.TrimSuffix(s.save, "{{n}}")] = true
	}
	return nil
}

var saveName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\{\{n\}\})?$`)
