package gateway_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the transcripts under testdata instead of comparing with them")

// story is what one identity provider does, written down to be read: in full where an answer is new, in a line where
// only what was found is of interest. What differs from run to run has a name instead: ids, times, tokens, the tenant.
type story struct {
	*client
	chapters []chapter
	names    map[string]string // of ids
	changes  []change          // the rows that the journal must have
	requests map[string]string // what was asked, by the id of the request
}

type chapter struct {
	file string
	text strings.Builder
}

func newStory(c *client) *story {
	return &story{client: c, names: make(map[string]string), requests: make(map[string]string)}
}

// chapter begins a new file.
func (s *story) chapter(file string) { s.chapters = append(s.chapters, chapter{file: file}) }

func (s *story) printf(format string, args ...any) {
	fmt.Fprintf(&s.chapters[len(s.chapters)-1].text, format, args...)
}

// tell writes a sentence.
func (s *story) tell(format string, args ...any) { s.printf("# "+format+"\n\n", args...) }

// play sends a request and writes it and its answer down.
func (s *story) play(method, path, body string) answer {
	s.t.Helper()
	a := s.send(method, path, body)
	s.requests[a.header.Get("X-Request-Id")] = requestLine(method, path) + " " + body
	s.printf("%s\nHost: %s\nAuthorization: Bearer %s\n", requestLine(method, path), s.host, s.secret)
	if body != "" {
		s.printf("Content-Type: application/scim+json\n\n%s\n", indent(s.t, body))
	}
	s.printf("\n%d %s\n", a.status, http.StatusText(a.status))
	for _, name := range [...]string{"Content-Type", "Location", "ETag", "Allow", "WWW-Authenticate", "Retry-After"} {
		if value := a.header.Get(name); value != "" {
			s.printf("%s: %s\n", name, value)
		}
	}
	if len(a.body) > 0 {
		s.printf("\n%s\n", indent(s.t, string(a.body)))
	}
	s.printf("\n")
	return a
}

// find sends a query and writes down in a line which resources it found, by their names.
func (s *story) find(path string) list {
	s.t.Helper()
	l := s.send(http.MethodGet, path, "").list(s.t)
	names := make([]string, len(l.IDs))
	for i, id := range l.IDs {
		if names[i] = id; s.names[id] != "" {
			names[i] = s.names[id]
		}
	}
	slices.Sort(names)
	found := strings.TrimSuffix(fmt.Sprintf("%d of %d: %s", l.ItemsPerPage, l.Total, strings.Join(names, ", ")), ": ")
	s.printf("%s\n200: %s\n\n", requestLine(http.MethodGet, path), found)
	return l
}

// did says that an answer was of a change, which must be in the journal.
func (s *story) did(a answer, action, resourceType, id string) {
	s.changes = append(s.changes, change{a.header.Get("X-Request-Id"), s.tokenID, action, resourceType, id})
}

// requestLine shows the query as it reads, not as it is encoded.
func requestLine(method, path string) string {
	if plain, err := url.QueryUnescape(strings.ReplaceAll(path, "+", "%2B")); err == nil {
		path = plain
	}
	return method + " /scim/v2" + path
}

func indent(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatalf("this is no JSON: %v: %s", err, text)
	}
	return b.String()
}

var (
	created  = regexp.MustCompile(`("created": ")([^"]*)(",\s*"lastModified": ")([^"]*)(",\s*"location": "[^"]*",\s*"version": "W/\\")(\d+)`)
	anUUID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	instant  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	members  = regexp.MustCompile(`(?s)\n( *)"members": \[\n.*?\n( *)\]`)
	sentinel = "{a resource nobody named}"
)

// normal returns the text of a chapter with names for what differs from run to run. It checks what it hides: times are
// instants in UTC, and the time of the last change is that of the creation exactly as long as the version is 1.
func (s *story) normal(text string) string {
	text = created.ReplaceAllStringFunc(text, func(meta string) string {
		m := created.FindStringSubmatch(meta)
		made, changed, version := m[2], m[4], m[6]
		if !instant.MatchString(made) || !instant.MatchString(changed) || changed < made || version == "1" && changed != made {
			s.t.Errorf("the times are wrong: created %s, lastModified %s, version %s", made, changed, version)
		}
		last := "{created}"
		if version != "1" {
			last = "{modified}"
		}
		return m[1] + "{created}" + m[3] + last + m[5] + version
	})
	text = anUUID.ReplaceAllStringFunc(text, func(id string) string {
		if name := s.names[id]; name != "" {
			return "{" + name + "}"
		}
		return sentinel
	})
	text = members.ReplaceAllStringFunc(text, sortElements)
	return strings.NewReplacer(s.secret, "{token}", string(s.tenant.Slug)+"."+domain, "{tenant}."+domain).Replace(text)
}

// sortElements orders the members of a group, which have no order of their own, by what is shown of them.
func sortElements(list string) string {
	head, rest, _ := strings.Cut(list, "[\n")
	end := strings.LastIndexByte(rest, '\n')
	separator := rest[:strings.IndexByte(rest, '{')] + "}"
	elements := strings.Split(strings.TrimSuffix(rest[:end], separator), separator+",\n")
	slices.Sort(elements)
	return head + "[\n" + strings.Join(elements, separator+",\n") + separator + rest[end:]
}

// transcripts keeps two tenants' tests from writing one file at once.
var transcripts sync.Mutex

// compare compares every chapter with the file of its name, or writes it.
func (s *story) compare() {
	s.t.Helper()
	transcripts.Lock()
	defer transcripts.Unlock()
	for i := range s.chapters {
		got := s.normal(s.chapters[i].text.String())
		if strings.Contains(got, sentinel) {
			s.t.Errorf("%s has an id without a name", s.chapters[i].file)
		}
		path := filepath.Join("testdata", "transcripts", s.chapters[i].file+".txt")
		if *update && s.tenant.Slug == "tenant-1" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				s.t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil && !*update {
			s.t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" && !*update {
			s.t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// compareJournal compares the tenant's journal with what the story changed: a row for each change, and no other.
func (s *story) compareJournal() {
	s.t.Helper()
	byRequest := func(a, b change) int { return strings.Compare(a.RequestID, b.RequestID) }
	want, got := slices.Clone(s.changes), s.server.journal(s.t, s.tenant)
	slices.SortFunc(want, byRequest)
	slices.SortFunc(got, byRequest)
	for _, row := range got {
		if _, found := slices.BinarySearchFunc(want, row, byRequest); !found {
			s.t.Errorf("the journal has a row for a request that changed nothing: %s", s.requests[row.RequestID])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("journal of %s (-want +got):\n%s", s.tenant.Slug, diff)
	}
}
