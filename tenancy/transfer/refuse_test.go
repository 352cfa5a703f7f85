package transfer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/transfer"
)

const (
	ada, bob     = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
	staff, chefs = "00000000-0000-4000-8000-0000000000a1", "00000000-0000-4000-8000-0000000000a2"
	created      = `"2026-03-01T12:00:00.123Z"`
)

// The lines of a small export.
const (
	headerLine = `{"kind":"header","format":"spoke-tenant","format_version":1,"exported_at":"2026-03-01T12:00:00.123456Z","schema_version":2,` +
		`"counts":COUNTS,"tenant":{"id":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff","slug":"acme","name":"Acme","created_at":"2026-03-01T12:00:00.123456Z",` +
		`"settings":{"unique_group_names":true,"profile":"auto","plan":"","guard":{"window_seconds":3600,"count":500,"minimum":20,"percent":20},"notify":[]}},` +
		`"extensions":[{"resource_type":"User","document":{"id":"urn:acme:shoes","name":"Shoes","attributes":[{"name":"size","type":"integer"}]},` +
		`"created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:00:00Z"}]}`
	adaLine = `{"kind":"user","version":1,"created":` + created + `,"modified":` + created + `,"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",` +
		`"urn:acme:shoes"],"id":"` + ada + `","userName":"Ada","active":true,"urn:acme:shoes":{"size":41}}}`
	bobLine = `{"kind":"user","version":2,"created":` + created + `,"modified":` + created + `,"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],` +
		`"id":"` + bob + `","userName":"bob"}}`
	staffLine = `{"kind":"group","version":1,"created":` + created + `,"modified":` + created + `,"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],` +
		`"id":"` + staff + `","displayName":"Staff"}}`
	chefsLine = `{"kind":"group","version":1,"created":` + created + `,"modified":` + created + `,"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],` +
		`"id":"` + chefs + `","displayName":"Chefs"}}`
	adaStaff   = `{"kind":"member","group":"` + staff + `","user":"` + ada + `","added":` + created + `}`
	chefsStaff = `{"kind":"member","group":"` + staff + `","child":"` + chefs + `","added":` + created + `}`
	staffChefs = `{"kind":"member","group":"` + chefs + `","child":"` + staff + `","added":` + created + `}`
	entryLine  = `{"kind":"journal","id":"019563d0-0000-7000-8000-000000000001","at":"2026-03-01T12:00:00.123456Z","action":"create","resource_type":"User",` +
		`"resource_id":"` + ada + `","version":1,"actor":"entra","request_id":"r","detail":{"document":{}}}`
)

// small are the lines of an export without its last one.
func small() []string {
	return []string{headerLine, adaLine, bobLine, staffLine, chefsLine, adaStaff, chefsStaff, entryLine}
}

// sealed is an export of those lines, with the counts and the checksum that they have.
func sealed(lines []string) string {
	n := map[string]int{}
	for _, line := range lines {
		for _, kind := range []string{"user", "group", "member", "journal"} {
			if strings.HasPrefix(line, `{"kind":"`+kind+`"`) {
				n[kind]++
			}
		}
	}
	counts := fmt.Sprintf(`"users":%d,"groups":%d,"members":%d,"journal":%d`, n["user"], n["group"], n["member"], n["journal"])
	text := strings.Replace(strings.Join(lines, "\n")+"\n", "COUNTS", "{"+counts+"}", 1)
	sum := sha256.Sum256([]byte(text))
	return text + `{"kind":"end",` + counts + `,"sha256":"` + hex.EncodeToString(sum[:]) + "\"}\n"
}

// with is the small export with one text replaced.
func with(old, replacement string) string {
	text := strings.Join(small(), "\n")
	if !strings.Contains(text, old) {
		panic("the small export has no " + old)
	}
	return sealed(strings.Split(strings.Replace(text, old, replacement, 1), "\n"))
}

// and is the small export with lines before the line that begins so.
func and(before string, more ...string) string {
	list := small()
	for i, line := range list {
		if strings.HasPrefix(line, `{"kind":"`+before+`"`) {
			return sealed(append(list[:i:i], append(more, list[i:]...)...))
		}
	}
	return sealed(append(list, more...))
}

func refusals() map[string]struct {
	text    string
	problem tenancy.ImportProblem
	line    int64
	says    string
} {
	whole := sealed(small())
	another := strings.Replace(bobLine, bob, "00000000-0000-4000-8000-00000000000c", 1)
	type refusal = struct {
		text    string
		problem tenancy.ImportProblem
		line    int64
		says    string
	}
	return map[string]refusal{
		"nothing":                     {"", tenancy.ImportNotExport, 1, ""},
		"not JSON":                    {"hello\nworld\n", tenancy.ImportNotExport, 1, ""},
		"other JSON":                  {"{}\n", tenancy.ImportNotExport, 1, ""},
		"a binary":                    {strings.Repeat("\x00\xff", 1000), tenancy.ImportNotExport, 1, ""},
		"another format":              {with(`"spoke-tenant"`, `"other"`), tenancy.ImportNotExport, 1, ""},
		"a newer format":              {with(`"format_version":1`, `"format_version":2,"more":1`), tenancy.ImportNewerFormat, 1, "Update"},
		"an unknown member":           {with(`"version":1,`, `"version":1,"mood":"good",`), tenancy.ImportMalformed, 2, "mood"},
		"an unknown member in header": {with(`"schema_version":2,`, `"mood":2,`), tenancy.ImportMalformed, 1, "mood"},
		"an unknown kind":             {and("group", `{"kind":"robot"}`), tenancy.ImportMalformed, 4, ""},
		"the wrong order":             {and("member", adaLine), tenancy.ImportMalformed, 6, ""},
		"an empty line":               {and("group", ``), tenancy.ImportMalformed, 4, ""},
		"two values in a line":        {with(adaLine, adaLine+" {}"), tenancy.ImportMalformed, 2, ""},
		"invalid UTF-8":               {with(`"Ada"`, "\"A\xff\""), tenancy.ImportMalformed, 2, "UTF-8"},
		"a number for a text":         {with(`"actor":"entra"`, `"actor":4`), tenancy.ImportMalformed, 8, "actor"},
		"too deep":                    {with(`"detail":{"document":{}}`, `"detail":{"a":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+`}`), tenancy.ImportTooDeep, 8, ""},
		"broken off in the header":    {whole[:100], tenancy.ImportTruncated, 1, ""},
		"broken off in a line":        {whole[:strings.Index(whole, `"userName":"bob"`)], tenancy.ImportTruncated, 3, ""},
		"broken off between lines":    {strings.Join(strings.SplitAfter(whole, "\n")[:5], ""), tenancy.ImportTruncated, 6, ""},
		"broken off in the last line": {whole[:len(whole)-1], tenancy.ImportTruncated, 9, ""},
		"more after the end":          {whole + "x", tenancy.ImportMalformed, 10, ""},
		"a byte changed":              {strings.Replace(whole, `"userName":"bob"`, `"userName":"rob"`, 1), tenancy.ImportChecksum, 9, ""},
		"a line lost":                 {strings.Replace(whole, adaStaff+"\n", "", 1), tenancy.ImportCount, 8, ""},
		"another count in the header": {with(`COUNTS`, `{"users":3}`), tenancy.ImportCount, 9, ""},
		"an extension twice": {
			with(`"extensions":[`, `"extensions":[{"resource_type":"User","document":{"id":"URN:acme:shoes","name":"S","attributes":[{"name":"size","type":"integer"}]},`+
				`"created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:00:00Z"},`), tenancy.ImportExtension, 1, "",
		},
		"too many extensions": {
			with(`"extensions":[`, `"extensions":[`+strings.Repeat(`{},`, 50_000)), tenancy.ImportExtension, 1, "20 at most",
		},
		"an extension that is not one":  {with(`"type":"integer"`, `"type":"shoe"`), tenancy.ImportExtension, 1, "type"},
		"an extension of nothing":       {with(`"resource_type":"User","document"`, `"resource_type":"Shoe","document"`), tenancy.ImportExtension, 1, ""},
		"an extension of Spoke's own":   {with(`"id":"urn:acme:shoes"`, `"id":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`), tenancy.ImportExtension, 1, ""},
		"no id":                         {with(`"id":"`+bob+`",`, ``), tenancy.ImportInvalid, 3, "id"},
		"an id that is none":            {with(`"id":"`+bob+`",`, `"id":"4",`), tenancy.ImportInvalid, 3, "id"},
		"the id of nobody":              {with(bob, "00000000-0000-0000-0000-000000000000"), tenancy.ImportInvalid, 3, "id"},
		"no userName":                   {with(`,"userName":"bob"`, ``), tenancy.ImportInvalid, 3, "userName"},
		"a long userName":               {with(`"bob"`, `"`+strings.Repeat("b", 3000)+`"`), tenancy.ImportInvalid, 3, "too long"},
		"an unknown attribute":          {with(`"userName":"bob"`, `"userName":"bob","hat":"red"`), tenancy.ImportInvalid, 3, "hat"},
		"an attribute spelled oddly":    {with(`"userName":"bob"`, `"USERNAME":"bob"`), tenancy.ImportInvalid, 3, ""},
		"an attribute twice":            {with(`"userName":"bob"`, `"userName":"bob","username":"rob"`), tenancy.ImportInvalid, 3, "twice"},
		"a password":                    {with(`"userName":"bob"`, `"userName":"bob","password":"secret"`), tenancy.ImportInvalid, 3, ""},
		"a meta of its own":             {with(`"userName":"bob"`, `"userName":"bob","meta":{"version":"9"}`), tenancy.ImportInvalid, 3, ""},
		"groups of its own":             {with(`"userName":"bob"`, `"userName":"bob","groups":[{"value":"`+staff+`"}]`), tenancy.ImportInvalid, 3, ""},
		"members of its own":            {with(`"displayName":"Staff"`, `"displayName":"Staff","members":[{"value":"`+ada+`"}]`), tenancy.ImportInvalid, 4, ""},
		"a wrong type":                  {with(`"active":true`, `"active":"True"`), tenancy.ImportInvalid, 2, "active"},
		"a wrong type in an extension":  {with(`"size":41`, `"size":"41"`), tenancy.ImportInvalid, 2, "size"},
		"schemas that lie":              {with(`,"urn:acme:shoes":{"size":41}`, ``), tenancy.ImportInvalid, 2, ""},
		"a NUL":                         {with(`"Ada"`, `"A\u0000"`), tenancy.ImportInvalid, 2, "NUL"},
		"half a surrogate":              {with(`"Ada"`, `"A\ud800"`), tenancy.ImportInvalid, 2, ""},
		"a document that is none":       {with(`"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"`+bob+`","userName":"bob"}`, `"document":[]`), tenancy.ImportInvalid, 3, ""},
		"no document":                   {with(`,"document":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"`+bob+`","userName":"bob"}`, ``), tenancy.ImportInvalid, 3, ""},
		"version 0":                     {with(`"version":2`, `"version":0`), tenancy.ImportInvalid, 3, "version"},
		"no version":                    {with(`"version":2,`, ``), tenancy.ImportInvalid, 3, "version"},
		"no time":                       {with(`"version":2,"created":`+created, `"version":2`), tenancy.ImportInvalid, 3, "created"},
		"modified before created":       {with(`"version":2,"created":"2026`, `"version":2,"created":"2027`), tenancy.ImportInvalid, 3, "before"},
		"microseconds":                  {with(`"version":2,"created":"2026-03-01T12:00:00.123Z"`, `"version":2,"created":"2026-03-01T12:00:00.123456Z"`), tenancy.ImportInvalid, 3, "milli"},
		"a user twice":                  {and("group", bobLine), tenancy.ImportDuplicate, 4, bob},
		"a userName twice":              {and("group", strings.Replace(another, `"bob"`, `"BOB"`, 1)), tenancy.ImportDuplicate, 4, "userName"},
		"a group name twice":            {with(`"Chefs"`, `"STAFF"`), tenancy.ImportDuplicate, 5, "displayName"},
		"a group with a user's id":      {with(`"id":"`+chefs+`"`, `"id":"`+ada+`"`), tenancy.ImportDuplicate, 5, ada},
		"a membership twice":            {and("journal", adaStaff), tenancy.ImportDuplicate, 8, ada},
		"a member that is not there":    {with(`"user":"`+ada, `"user":"00000000-0000-4000-8000-0000000000ff`), tenancy.ImportReference, 6, ""},
		"a group that is not there":     {with(`"group":"`+staff, `"group":"00000000-0000-4000-8000-0000000000ff`), tenancy.ImportReference, 6, ""},
		"a user for a group":            {with(`"child":"`+chefs, `"child":"`+bob), tenancy.ImportReference, 7, ""},
		"a member of two kinds":         {with(`"user":"`+ada+`"`, `"user":"`+ada+`","child":"`+chefs+`"`), tenancy.ImportInvalid, 6, ""},
		"a member of no kind":           {with(`"user":"`+ada+`",`, ``), tenancy.ImportInvalid, 6, ""},
		"a group in itself":             {with(`"child":"`+chefs, `"child":"`+staff), tenancy.ImportCircle, 7, staff},
		"groups in a circle":            {and("journal", staffChefs), tenancy.ImportCircle, 8, chefs},
		"an entry of no outcome":        {with(`"action":"create"`, `"action":"create","outcome":"lost"`), tenancy.ImportInvalid, 8, "outcome"},
		"a status of what was accepted": {with(`"action":"create"`, `"action":"create","status":400`), tenancy.ImportInvalid, 8, "status"},
		"a refusal without a status":    {with(`"action":"create"`, `"action":"create","outcome":"refused"`), tenancy.ImportInvalid, 8, "status"},
		"a negative duration":           {with(`"action":"create"`, `"action":"create","duration":-1`), tenancy.ImportInvalid, 8, "duration"},
		"an entry twice":                {and("", entryLine), tenancy.ImportDuplicate, 9, ""},
		"an entry of another version":   {with(`-7000-`, `-4000-`), tenancy.ImportInvalid, 8, "version 7"},
		"an action with blanks":         {with(`"action":"create"`, `"action":"drop it"`), tenancy.ImportInvalid, 8, "action"},
		"an entry about nobody":         {with(`"resource_id":"`+ada+`"`, `"resource_id":"ada"`), tenancy.ImportInvalid, 8, "resource_id"},
		"an actor with a NUL":           {with(`"entra"`, `"\u0000"`), tenancy.ImportInvalid, 8, "NUL"},
		"no detail":                     {with(`,"detail":{"document":{}}`, ``), tenancy.ImportInvalid, 8, "detail"},
		"a detail with a NUL":           {with(`"detail":{"document":{}}`, `"detail":{"a":"\u0000"}`), tenancy.ImportInvalid, 8, "detail"},
		"a detail with a huge number":   {with(`"detail":{"document":{}}`, `"detail":{"a":1e999999}`), tenancy.ImportInvalid, 8, "detail"},
	}
}

// TestRefused imports what must not be, each time into an installation in which then nothing is left of it. That the
// small export itself is taken shows that each is refused for its own sake.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.imported([]byte(sealed(small())), "good")
	for name, test := range refusals() {
		_, err := h.Transfer.Import(t.Context(), strings.NewReader(test.text), transfer.Importing{})
		var refused *tenancy.ImportError
		if !errors.As(err, &refused) || !errors.Is(err, tenancy.ErrImport) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if refused.Problem != test.problem || refused.Line != test.line || !strings.Contains(refused.Detail, test.says) {
			t.Errorf("%s: %s in line %d: %s", name, refused.Problem, refused.Line, refused.Detail)
		}
		h.nothing("acme")
	}
}

// TestRefusedTenant imports what is in order as a tenant that cannot be.
func TestRefusedTenant(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.imported([]byte(sealed(small())), "taken")
	if _, err := h.Create(t.Context(), newTenant("made")); err != nil {
		t.Fatal(err)
	}
	none, other := "", "other"
	for name, test := range map[string]struct {
		text string
		as   transfer.Importing
		want error
	}{
		"slug of an import":  {sealed(small()), transfer.Importing{Slug: "taken"}, tenancy.ErrSlugTaken},
		"slug of a tenant":   {sealed(small()), transfer.Importing{Slug: "made"}, tenancy.ErrSlugTaken},
		"reserved slug":      {sealed(small()), transfer.Importing{Slug: "admin"}, tenancy.ErrSlugInvalid},
		"slug in the export": {with(`"slug":"acme"`, `"slug":"a b"`), transfer.Importing{}, tenancy.ErrSlugInvalid},
		"name":               {sealed(small()), transfer.Importing{Name: "a\x00"}, tenancy.ErrSettings},
		"plan of the export": {with(`"plan":""`, `"plan":"gold"`), transfer.Importing{}, tenancy.ErrSettings},
		"plan":               {sealed(small()), transfer.Importing{Plan: &other}, tenancy.ErrSettings},
		"profile":            {with(`"profile":"auto"`, `"profile":"lax"`), transfer.Importing{}, tenancy.ErrSettings},
		"guard":              {with(`"percent":20`, `"percent":200`), transfer.Importing{}, tenancy.ErrSettings},
		"notify":             {with(`"notify":[]`, `"notify":["me"]`), transfer.Importing{}, tenancy.ErrSettings},
		"extensions": {
			with(`"extensions":[`, `"extensions":[`+largeExtensions()), transfer.Importing{}, tenancy.ErrExtensionLimit,
		},
	} {
		if _, err := h.Transfer.Import(t.Context(), strings.NewReader(test.text), test.as); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		h.nothing("acme")
	}
	got, err := h.Transfer.Import(t.Context(), strings.NewReader(with(`"plan":""`, `"plan":"gold"`)), transfer.Importing{Slug: "plain", Name: "Plain", Plan: &none})
	if err != nil || got.Name != "Plain" || got.Settings.Plan != "" {
		t.Errorf("another name and no plan: %v, %v", got, err)
	}
}

// largeExtensions are more than the documents of a tenant have room for, each of which may be.
func largeExtensions() string {
	var b strings.Builder
	for urn := range 6 {
		fmt.Fprintf(&b, `{"resource_type":"User","created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:00:00Z","document":{"id":"urn:acme:large%d",`+
			`"name":"Large","attributes":[{"name":"first","type":"integer"}`, urn)
		for i := range 90 {
			fmt.Fprintf(&b, `,{"name":"size%d","type":"integer","description":%q}`, i, strings.Repeat("long ", 110))
		}
		b.WriteString("]}},")
	}
	return b.String()
}

// TestStreamFails tells a stream that fails from one that is wrong.
func TestStreamFails(t *testing.T) {
	t.Parallel()
	h := build(t)
	text, broken := sealed(small()), errors.New("broken")
	for _, n := range []int{0, 10, len(text) / 2, len(text) - 10} {
		_, err := h.Transfer.Import(t.Context(), io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken)), transfer.Importing{})
		if !errors.Is(err, broken) || errors.Is(err, tenancy.ErrImport) {
			t.Errorf("after %d bytes: %v", n, err)
		}
		h.nothing("acme")
	}
	if _, err := h.Transfer.Import(t.Context(), iotest.OneByteReader(strings.NewReader(text)), transfer.Importing{}); err != nil {
		t.Errorf("byte by byte: %v", err)
	}
}

// endless goes on with the same byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{byte(e)}, len(p)))
	return len(p), nil
}

// TestTooLong reads lines that do not end.
func TestTooLong(t *testing.T) {
	t.Parallel()
	h := build(t)
	text := sealed(small())
	for name, test := range map[string]struct {
		start   string
		problem tenancy.ImportProblem
		line    int64
	}{
		"first line": {"", tenancy.ImportNotExport, 1},
		"header":     {text[:50], tenancy.ImportTooLong, 1},
		"user":       {text[:strings.Index(text, `"Ada"`)+1], tenancy.ImportTooLong, 2},
		"journal":    {text[:strings.Index(text, `"entra"`)+1], tenancy.ImportTooLong, 8},
	} {
		_, err := h.Transfer.Import(t.Context(), io.MultiReader(strings.NewReader(test.start), endless('x')), transfer.Importing{})
		var refused *tenancy.ImportError
		if !errors.As(err, &refused) || refused.Problem != test.problem || refused.Line != test.line {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.nothing("acme")
}

// FuzzImport reads whatever as an export, without a database where the form decides.
func FuzzImport(f *testing.F) {
	f.Add([]byte(sealed(small())))
	for _, r := range refusals() {
		if len(r.text) < 4096 {
			f.Add([]byte(r.text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		counts, err := transfer.ReadAll(bytes.NewReader(text))
		var refused *tenancy.ImportError
		switch {
		case err != nil && !errors.As(err, &refused):
			t.Errorf("an error of no line: %v", err)
		case err != nil && (refused.Detail == "" || refused.Line < 1 || refused.Line > int64(bytes.Count(text, []byte("\n")))+1):
			t.Errorf("line %d: %q", refused.Line, refused.Detail)
		case err == nil && int64(bytes.Count(text, []byte("\n"))) != counts.Total()+2:
			t.Errorf("%v of %d lines", counts, bytes.Count(text, []byte("\n")))
		}
	})
}
