package console

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// answered is a page that came.
type answered struct {
	status int
	header http.Header
	body   string
}

// text is the page without its tags, and with one space between words.
func (a answered) text() string {
	var b strings.Builder
	in := false
	for _, r := range a.body {
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

// has fails the test unless the page has each of the texts.
func (a answered) has(t *testing.T, texts ...string) answered {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			t.Errorf("the page does not say %q:\n%s", text, a.text())
		}
	}
	return a
}

// lacks fails the test where the page has one of the texts in its source.
func (a answered) lacks(t *testing.T, texts ...string) answered {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("the page has %q", text)
		}
	}
	return a
}

// is fails the test unless the answer has the status.
func (a answered) is(t *testing.T, status int) answered {
	t.Helper()
	if a.status != status {
		t.Fatalf("want %d, got %d: %s %s", status, a.status, a.header.Get("Location"), a.text())
	}
	return a
}

// next is the path of the next page, "" where there is none.
func (a answered) next() string {
	if found := nextLink.FindStringSubmatch(a.body); found != nil {
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	return ""
}

var nextLink = regexp.MustCompile(`<a href="([^"]*)" rel="next">`)

// entries are the ids of the entries that a page links to.
func (a answered) entries() (ids []string) {
	for _, part := range strings.Split(a.body, `href="/log/`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); isUUID(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// revision is the one that a page's form sends.
func (a answered) revision(t *testing.T) url.Values {
	t.Helper()
	found := revisionForm.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("the page has no form with a revision: %s", a.text())
	}
	return url.Values{"revision": {found[1]}}
}

var revisionForm = regexp.MustCompile(`name="revision" value="([0-9a-f-]{36})"`)

const script = `<script>alert(1)</script>`
