package journal_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
)

// What a client sent comes back, as JSON or as a text, and Postgres takes all of it.
func TestRefusal(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	for name, tc := range map[string]struct{ in, want journal.Refusal }{
		"json":             {in: journal.Refusal{Rule: "r", Body: json.RawMessage(`{"a":["<&>",1e3]}`)}},
		"pair":             {in: journal.Refusal{Body: json.RawMessage(`{"a":"\ud83d\ude00"}`)}},
		"like a number":    {in: journal.Refusal{Body: json.RawMessage(`[{"dd8a95a0-fb02-4c5e-ae76-e44d304e9312":1},"` + strings.Repeat("1", 1000) + `"]`)}},
		"like nesting":     {in: journal.Refusal{Body: json.RawMessage(`"` + strings.Repeat("[", 1000) + `"`)}},
		"no json":          {in: journal.Refusal{Body: json.RawMessage(`{"a":`)}, want: journal.Refusal{BodyText: `{"a":`}},
		"nul":              {in: journal.Refusal{Body: json.RawMessage(`"\u0000"`)}, want: journal.Refusal{BodyText: `"\u0000"`}},
		"raw nul":          {in: journal.Refusal{Path: "/Users/\x00", BodyText: "\x00"}, want: journal.Refusal{Path: "/Users/\uFFFD", BodyText: "\uFFFD"}},
		"no utf-8":         {in: journal.Refusal{Query: "a\xff", Redacted: []string{"\xfe\x00"}}, want: journal.Refusal{Query: "a\uFFFD", Redacted: []string{"\uFFFD\uFFFD"}}},
		"no utf-8 in json": {in: journal.Refusal{Body: json.RawMessage("\"a\xff\"")}, want: journal.Refusal{BodyText: "\"a\uFFFD\""}},
		"half a pair":      {in: journal.Refusal{Body: json.RawMessage(`"\ud83d"`)}, want: journal.Refusal{BodyText: `"\ud83d"`}},
		"wrong pair":       {in: journal.Refusal{Body: json.RawMessage(`"\ude00\ud83d"`)}, want: journal.Refusal{BodyText: `"\ude00\ud83d"`}},
		"huge number":      {in: journal.Refusal{Body: json.RawMessage(`1e999999`)}, want: journal.Refusal{BodyText: `1e999999`}},
		"many digits":      {in: journal.Refusal{Body: json.RawMessage(strings.Repeat("1", 1000))}, want: journal.Refusal{BodyText: strings.Repeat("1", 1000)}},
		"deep": {
			in:   journal.Refusal{Body: json.RawMessage(strings.Repeat("[", 9000) + strings.Repeat("]", 9000))},
			want: journal.Refusal{BodyText: strings.Repeat("[", 9000) + strings.Repeat("]", 9000)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.want.Path+tc.want.Query+tc.want.BodyText == "" {
				tc.want = tc.in
			}
			detail, err := tc.in.Encode()
			if err != nil {
				t.Fatal(err)
			}
			entry := journal.Entry{Outcome: journal.Refused, Detail: detail}
			got, err := entry.Refusal()
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			var kept string
			if err := db.GetContext(t.Context(), &kept, `SELECT $1::jsonb`, string(detail)); err != nil {
				t.Errorf("jsonb: %v", err)
			}
		})
	}
	if _, err := (&journal.Entry{Outcome: journal.Accepted, Detail: json.RawMessage(`{}`)}).Refusal(); !errors.Is(err, journal.ErrNoRefusal) {
		t.Errorf("of what was accepted: %v", err)
	}
}
