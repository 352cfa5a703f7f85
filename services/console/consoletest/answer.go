package consoletest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/console/word"
)

// Answer is a page that came.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Text is the page without its tags, and with one space between words.
func (a Answer) Text() string {
	var b strings.Builder
	in := false
	for _, r := range a.Body {
		switch {
		case r == '<':
			in = true
			b.WriteByte(' ')
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

// Has fails the test unless the page has each of the texts.
func (a Answer) Has(t *testing.T, texts ...string) Answer {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text(), text) {
			t.Errorf("the page does not say %q:\n%s", text, a.Text())
		}
	}
	return a
}

// Lacks fails the test where the page has one of the texts in its source.
func (a Answer) Lacks(t *testing.T, texts ...string) Answer {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body, text) {
			t.Errorf("the page has %q", text)
		}
	}
	return a
}

// Is fails the test unless the answer has the status.
func (a Answer) Is(t *testing.T, status int) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("want %d, got %d: %s %s", status, a.Status, a.Header.Get("Location"), a.Text())
	}
	return a
}

// Next is the path of the next page, "" where there is none.
func (a Answer) Next() string {
	if found := nextLink.FindStringSubmatch(a.Body); found != nil {
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	return ""
}

var nextLink = regexp.MustCompile(`<a href="([^"]*)" rel="next">`)

// Entries are the ids of the entries that a page links to.
func (a Answer) Entries() (ids []string) {
	for _, part := range strings.Split(a.Body, `href="/log/`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); word.IsUUID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Revision is the one that a page's form sends.
func (a Answer) Revision(t *testing.T) url.Values {
	t.Helper()
	found := revisionForm.FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("the page has no form with a revision: %s", a.Text())
	}
	return url.Values{"revision": {found[1]}}
}

var revisionForm = regexp.MustCompile(`name="revision" value="([0-9a-f-]{36})"`)

// Script is what a page must show as text.
const Script = `<script>alert(1)</script>`
