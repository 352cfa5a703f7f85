// Package dialect plays what identity providers send, recorded as transcripts, against a service provider.
//
// A transcript is a text file of this package (testdata/PROVIDER/NAME.txt). It says where it comes from, holds the
// requests as the provider sends them, and what the provider makes of the answers. Play sends the requests to a Target,
// which is any SCIM base URI, and reports each expectation that was not met. The package knows no store and no tenant;
// it uses nothing but the standard library and scim, and is for tests and for a verifier, not for a program that serves.
//
// # The format
//
//	# Okta deactivates a user.
//	# source: okta/okta-developer-docs, reference/scim/scim-20, "Update a specific User (PATCH)"
//	# inferred: the locale
//	# needs: readOnlyInPatch
//
//	every request
//	User-Agent: Okta SCIM Client 1.0.0
//	Content-Type: application/scim+json; charset=utf-8
//
//	== the user is created
//	POST /Users
//
//	{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com"}
//	=> 201
//	active = true
//	save ada
//
//	== the user is deactivated
//	PATCH /Users/{{ada.id}}
//
//	{"Operations": [{"op": "replace", "value": {"active": false}}]}
//	=> 200, 204
//
//	== state: the user is there, and inactive
//	GET /Users/{{ada.id}}
//	=> 200
//	userName = "ada@example.com"
//	active = false
//	groups absent
//
// The head is comment lines. The first one is the title. "source" says what shows the requests (it may stand on several
// lines, and one is needed), "inferred" what no source shows. "needs" lists the tolerances (package scim) that the
// requests use in the profile auto, and "requires" what ServiceProviderConfig must announce (cursor, bulk, sort, etag):
// without it the transcript is reported as not played. Other comment lines are allowed outside of bodies.
//
// "every request" is followed by headers that all requests have; Content-Type is sent with a body only. No other header
// is added, no User-Agent either. Authorization is the target's token by itself; a step may say "Bearer wrong",
// "non-token" or "none", and anything else is refused, so that no customer's secret is kept. Host, and what belongs to a
// connection or a proxy, is left out.
//
// A step is a title, then perhaps "repeat N" (the request is sent N times, {{n}} counts from 1), the request line, its
// headers, an empty line, the body as it is sent, and after "=>" the statuses that the provider takes for success. The
// target follows the base URI; of a pasted trace the scheme, host, /scim/v2 and HTTP/1.1 are cut off, and spaces and
// quotes are percent-encoded. Then come expectations, one a line:
//
//	PATH = JSON           equal; JSON may go on over lines. "*" in it matches anything
//	PATH != JSON          not equal
//	PATH has JSON         the list has an element like this; of an object the given members decide
//	PATH lacks JSON       the list has none
//	PATH count 3          a list of so many
//	PATH is integer       or string, number, boolean, object, list
//	PATH present, PATH absent
//	PATH contains TEXT    a string with this in it
//	header NAME = TEXT    or: header NAME present, header NAME absent
//	save NAME             from here on {{NAME.PATH}} is a value of this answer
//
// A PATH is body (the whole), userName, name.givenName, emails[0].value, emails[type eq "work"].value or
// urn:…:User:manager.value. Elements of members and groups have no order. {{base}} is the base URI in the server's
// words, {{uuid}} a new UUID for each use, {{n}} the count of a repetition.
//
// The last steps, whose titles begin with "state:", are GETs of what the provider now believes to be there.
//
// # What every answer must be
//
// Whatever a step expects, Play also checks what holds for every answer: a body has the type application/scim+json; a
// refusal is a SCIM error whose status is a string, with WWW-Authenticate at 401 and Allow at 405; a creation has a
// Location, which is meta.location; a resource has id, schemas and meta; a list counts its Resources; nothing is null or
// empty but Resources; there is no redirection, and no 422 and 500.
package dialect

import (
	"cmp"
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/*/*.txt
var recorded embed.FS

// Transcript is what one identity provider does, and what it expects.
type Transcript struct {
	Name     string // "okta/patch"
	Title    string
	Sources  []string
	Inferred []string // what no source shows
	Needs    []string // names of tolerances, in the order of scim.Tolerances
	Requires []string // names of features

	headers []field // of every request
	steps   []step
}

// Provider is the folder that the transcript is in: "okta".
func (tr *Transcript) Provider() string {
	provider, _, _ := strings.Cut(tr.Name, "/")
	return provider
}

type field struct{ name, value string }

type step struct {
	line           int
	title          string
	repeat         int
	method, target string
	headers        []field
	body           string
	statuses       []int
	checks         []check
	save           string
}

func (s step) isState() bool { return strings.HasPrefix(s.title, stateMark) }

const stateMark = "state:"

// check is one expectation. Header is set where it is about a header, whose name is then the path.
type check struct {
	line    int
	header  bool
	path    string
	op      string
	operand string
}

// All returns every transcript of the package, by name. The error is the first that a file is written wrongly.
func All() ([]*Transcript, error) {
	names, err := fs.Glob(recorded, "testdata/*/*.txt")
	if err != nil {
		return nil, err
	}
	all := make([]*Transcript, len(names))
	for i, name := range names {
		text, err := recorded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		short := strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), path.Ext(name))
		if all[i], err = Parse(short, string(text)); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b *Transcript) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Play plays a transcript from an empty directory, and reports what was not as the provider expects. A transcript that
// requires what the target does not announce is skipped, and the reason is in the output.
func Play(t *testing.T, target Target, tr *Transcript) {
	t.Helper()
	report := tr.Run(t.Context(), target)
	if report.NotPlayed != "" {
		t.Skipf("%s was not played: %s", tr.Name, report.NotPlayed)
	}
	for _, finding := range report.Findings {
		t.Errorf("%s", finding)
	}
}
