package journal_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/journal"
)

// written are two pages: what was created, what was changed, and what was refused, by one whose name is a formula.
func written(t *testing.T) map[string]journal.Page {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	why, err := journal.Refusal{
		Rule: "attribute.unique", Attribute: "userName", SCIMType: "uniqueness", Detail: "=taken <b>", Hint: "-1", Method: "POST", Path: "/Users",
		Body: json.RawMessage(`{"userName":"ann"}`),
	}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]journal.Page{
		"": {Next: "more", Entries: []journal.Entry{
			{
				ID: "1", At: at, Outcome: journal.Accepted, Action: journal.ActionCreate, ResourceType: "User", ResourceID: "u", Version: 1, Actor: "token",
				RequestID: "ours", ProviderRequestID: "theirs", Duration: 1500 * time.Microsecond, Detail: json.RawMessage(`{"document":{"userName":"ann"}}`),
			},
			{
				ID: "2", At: at, Outcome: journal.Accepted, Action: journal.ActionUpdate, ResourceType: "Group", ResourceID: "g", Version: 2,
				Detail: json.RawMessage(`{"changes":[{"path":"displayName","old":"a","new":"b"},{"path":"externalId","old":null,"new":"x"}],"added":["m"],"removed":[]}`),
			},
		}},
		"more": {Entries: []journal.Entry{
			{ID: "3", At: at, Outcome: journal.Refused, Status: 409, Action: journal.ActionCreate, ResourceType: "User", Actor: "=evil", Detail: why},
		}},
	}
}

func ruleText(rule string) string { return "about " + rule }

func nameOf(actor string) string {
	if actor == "" {
		return "Nobody known"
	}
	return actor + "()"
}

// One definition of lines and columns is for those who ask for names and those who do not, and starts no formula.
func TestOutput(t *testing.T) {
	t.Parallel()
	const (
		heading  = "id,at,outcome,status,action,resource_type,resource_id,version,token_id,request_id,provider_request_id,duration_microseconds,rule,attribute,scim_type,detail,hint,data\n"
		created  = `{"action":"create","at":"2026-03-01T12:00:00.000005Z","document":{"userName":"ann"},"duration_microseconds":1500,"id":"1","outcome":"accepted","provider_request_id":"theirs","request_id":"ours","resource_id":"u","resource_type":"User","token_id":"token","version":1}` + "\n"
		changed  = `{"action":"update","added":["m"],"at":"2026-03-01T12:00:00.000005Z","changes":[{"new":"b","old":"a","path":"displayName"},{"new":"x","path":"externalId"}],"duration_microseconds":0,"id":"2","outcome":"accepted","request_id":"","resource_id":"g","resource_type":"Group","version":2}` + "\n"
		refused  = `{"action":"create","at":"2026-03-01T12:00:00.000005Z","duration_microseconds":0,"id":"3","outcome":"refused","refusal":{"attribute":"userName","body":{"userName":"ann"},"detail":"=taken <b>","hint":"-1","method":"POST","path":"/Users","rule":"attribute.unique","rule_text":"about attribute.unique","scim_type":"uniqueness","status":409},"request_id":"","resource_type":"User","token_id":"=evil"}` + "\n"
		tableRow = `3,2026-03-01T12:00:00.000005Z,refused,409,create,User,,,'=evil,,,0,attribute.unique,userName,uniqueness,'=taken <b>,'-1,`
	)
	for name, test := range map[string]struct {
		output journal.Output
		want   []string // pieces of it, in this order
	}{
		"lines": {journal.Output{}, []string{created, changed, refused, `{"end":true,"entries":3}` + "\n"}},
		"lines with names": {
			journal.Output{Format: journal.NDJSON, ActorName: nameOf},
			[]string{`{"action":"create","actor_name":"token()","at":`, `"actor_name":"Nobody known"`, `"actor_name":"=evil()"`, `{"end":true,"entries":3}` + "\n"},
		},
		"a table": {journal.Output{Format: journal.CSV}, []string{
			heading, `1,2026-03-01T12:00:00.000005Z,accepted,,create,User,u,1,token,ours,theirs,1500,,,,,,"{""document"":{""userName"":""ann""}}"` + "\n", "2,", tableRow, "#end,3\n",
		}},
		"a table with names": {journal.Output{Format: journal.CSV, ActorName: nameOf}, []string{
			strings.Replace(heading, "token_id,", "token_id,actor_name,", 1), ",token,token(),ours,", ",,Nobody known,,", ",'=evil,'=evil(),", "#end,3\n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := written(t)
			test.output.RuleText = ruleText
			var b strings.Builder
			if err := test.output.Write(&b, func(after string) (journal.Page, error) { return pages[after], nil }); err != nil {
				t.Fatal(err)
			}
			rest := b.String()
			for _, piece := range test.want {
				_, after, found := strings.Cut(rest, piece)
				if !found {
					t.Fatalf("no %q in\n%s\nof\n%s", piece, rest, b.String())
				}
				rest = after
			}
			if rest != "" {
				t.Errorf("it goes on: %q", rest)
			}
			if name == "lines" {
				if diff := cmp.Diff(strings.Join(test.want, ""), b.String()); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// shut is who does not read any more.
type shut struct{ err error }

func (s shut) Write([]byte) (int, error) { return 0, s.err }

// What goes wrong ends an output, without its end and, at the first page, without a byte.
func TestOutputBreaksOff(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	for _, format := range []journal.Format{journal.NDJSON, journal.CSV} {
		o := journal.Output{Format: format, RuleText: ruleText}
		var b strings.Builder
		if err := o.Write(&b, func(string) (journal.Page, error) { return journal.Page{}, away }); !errors.Is(err, away) || b.Len() != 0 {
			t.Errorf("%s: %v, %q", format, err, b.String())
		}
		pages := written(t)
		err := o.Write(&b, func(after string) (journal.Page, error) {
			if after != "" {
				return journal.Page{}, away
			}
			return pages[after], nil
		})
		if !errors.Is(err, away) || strings.Contains(b.String(), "end") {
			t.Errorf("%s: %v, %q", format, err, b.String())
		}
		if err := o.Write(shut{io.ErrClosedPipe}, func(after string) (journal.Page, error) { return pages[after], nil }); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", format, err)
		}
		broken := journal.Page{Entries: []journal.Entry{{ID: "9", Outcome: journal.Refused, Detail: json.RawMessage(`"?"`)}}}
		var shape *json.UnmarshalTypeError
		if err := o.Write(&b, func(string) (journal.Page, error) { return broken, nil }); !errors.As(err, &shape) || strings.Contains(b.String(), "end") {
			t.Errorf("%s: %v, %q", format, err, b.String())
		}
	}
}
