package filter_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
)

func TestParse(t *testing.T) {
	bjensen := filter.Comparison{Path: "userName", Op: filter.Equal, Value: "bjensen"}
	title := filter.Comparison{Path: "title", Op: filter.Present}
	active := filter.Comparison{Path: "active", Op: filter.Equal, Value: true}
	work := filter.Comparison{Path: "type", Op: filter.Equal, Value: "work"}
	tests := map[string]filter.Expr{
		`userName eq "bjensen"`:                 bjensen,
		"  userName\teq\r\n\"bjensen\"  ":       bjensen,
		`userName EQ "bjensen"`:                 bjensen,
		`(((userName eq "bjensen")))`:           bjensen,
		`title pr`:                              title,
		`title PR and userName eq "bjensen"`:    filter.And{title, bjensen},
		`title pr or userName eq "bjensen"`:     filter.Or{title, bjensen},
		`not (title pr)`:                        filter.Negation{Expr: title},
		`NOT(title pr)`:                         filter.Negation{Expr: title},
		`not ((title pr) AND (active eq true))`: filter.Negation{Expr: filter.And{title, active}},
		// or binds looser than and, and not tighter than both (RFC 7644 section 3.4.2.2, order of operations).
		`title pr or active eq true and userName eq "bjensen"`:    filter.Or{title, filter.And{active, bjensen}},
		`title pr and active eq true or userName eq "bjensen"`:    filter.Or{filter.And{title, active}, bjensen},
		`(title pr or active eq true) and userName eq "bjensen"`:  filter.And{filter.Or{title, active}, bjensen},
		`not (title pr) and active eq true`:                       filter.And{filter.Negation{Expr: title}, active},
		`title pr and (active eq true and userName eq "bjensen")`: filter.And{title, filter.And{active, bjensen}},
		`title pr and active eq true and userName eq "bjensen"`:   filter.And{title, active, bjensen},
		`emails[type eq "work"]`:                                  filter.ValuePath{Path: "emails", Where: work},
		`emails[ not(type eq "work") or title pr ] and title pr`:  filter.And{filter.ValuePath{Path: "emails", Where: filter.Or{filter.Negation{Expr: work}, title}}, title},
		`a eq null`:                filter.Comparison{Path: "a", Op: filter.Equal},
		`a eq false`:               filter.Comparison{Path: "a", Op: filter.Equal, Value: false},
		`a ge -10.5e+3`:            filter.Comparison{Path: "a", Op: filter.GreaterOrEqual, Value: json.Number("-10.5e+3")},
		`(a le 0)`:                 filter.Comparison{Path: "a", Op: filter.LessOrEqual, Value: json.Number("0")},
		`a eq "\"\\\/\u0041\n) ]"`: filter.Comparison{Path: "a", Op: filter.Equal, Value: "\"\\/A\n) ]"},
		`a ne "Jürgen 😀"`:          filter.Comparison{Path: "a", Op: filter.NotEqual, Value: "Jürgen 😀"},
		`a ew ""`:                  filter.Comparison{Path: "a", Op: filter.EndsWith, Value: ""},
		`android pr and orange pr`: filter.And{filter.Comparison{Path: "android", Op: filter.Present}, filter.Comparison{Path: "orange", Op: filter.Present}},
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref co "x"`: filter.Comparison{
			Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref", Op: filter.Contains, Value: "x",
		},
	}
	for text, want := range tests {
		got, err := filter.Parse(text, scim.Strict())
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, diff)
		}
		again, err := filter.Parse(got.String(), nil)
		if diff := cmp.Diff(want, again); diff != "" || err != nil {
			t.Errorf("Parse(%q) of its String %q: %v (-want +got):\n%s", text, got.String(), err, diff)
		}
	}
}

// What an administrator reads is reviewed here word by word.
func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		``:                              `The filter is wrong at character 1: expected the name of an attribute; the filter ends here.`,
		`userName`:                      `The filter is wrong at character 9: expected an operator such as eq; the filter ends here.`,
		`userName eq`:                   `The filter is wrong at character 12: expected a value: a text in double quotes, a number, true, false or null; the filter ends here.`,
		`userName regex "x"`:            `The filter is wrong at character 10: the operator "regex" is not supported; use eq, ne, co, sw, ew, pr, gt, ge, lt or le.`,
		`userName ſw "x"`:               `The filter is wrong at character 10: the operator "ſw" is not supported; use eq, ne, co, sw, ew, pr, gt, ge, lt or le.`,
		`"x" eq "y"`:                    `The filter is wrong at character 1: expected the name of an attribute; found ".`,
		`8ball eq "y"`:                  `The filter is wrong at character 1: expected the name of an attribute; found 8ball.`,
		`größe eq "y"`:                  `The filter is wrong at character 3: the name of an attribute has ASCII characters only.`,
		`title eq "ü" xor a pr`:         `The filter is wrong at character 14: expected "and", "or" or the end of the filter; found xor.`,
		`title pr and`:                  `The filter is wrong at character 13: expected the name of an attribute; the filter ends here.`,
		`title pr "x"`:                  `The filter is wrong at character 10: expected "and", "or" or the end of the filter; found ".`,
		`(title pr`:                     `The filter is wrong at character 10: expected "and", "or" or a closing parenthesis; the filter ends here.`,
		`title pr)`:                     `The filter is wrong at character 9: expected "and", "or" or the end of the filter; found ).`,
		`()`:                            `The filter is wrong at character 2: expected the name of an attribute; found ).`,
		`not title pr`:                  `The filter is wrong at character 5: expected an opening parenthesis after "not"; found title.`,
		`not not (title pr)`:            `The filter is wrong at character 5: expected an opening parenthesis after "not"; found not.`,
		`emails[type pr`:                `The filter is wrong at character 15: expected "and", "or" or a closing bracket; the filter ends here.`,
		`emails[type pr)`:               `The filter is wrong at character 15: expected "and", "or" or a closing bracket; found ).`,
		`emails[]`:                      `The filter is wrong at character 8: expected the name of an attribute; found ].`,
		`emails [type pr]`:              `The filter is wrong at character 8: expected an operator such as eq; found [.`,
		`a[b[c pr]]`:                    `The filter is wrong at character 4: brackets cannot stand inside brackets.`,
		`title eq "x`:                   `The filter is wrong at character 10: the text that starts here has no closing quote.`,
		`title eq "x\`:                  `The filter is wrong at character 10: the text that starts here has no closing quote.`,
		`title eq "\x"`:                 `The filter is wrong at character 10: the text that starts here is no JSON string: write \" for a quote, \\ for a backslash and \n for a line break.`,
		"title eq \"a\tb\"":             `The filter is wrong at character 10: the text that starts here is no JSON string: write \" for a quote, \\ for a backslash and \n for a line break.`,
		`title eq "a\u0000"`:            `The filter is wrong at character 10: the text that starts here holds a NUL character, which no attribute can hold.`,
		"title eq \"a\x00\"":            `The filter is wrong at character 12: a NUL character cannot be part of a filter.`,
		"title eq \"\xff\"":             `The filter is not valid UTF-8.`,
		`title eq 'x'`:                  `The filter is wrong at character 10: the value must be a text in double quotes, a number, true, false or null; found 'x'.`,
		`title eq True`:                 `The filter is wrong at character 10: the value must be a text in double quotes, a number, true, false or null; found True.`,
		`a eq 01`:                       `The filter is wrong at character 6: the value must be a text in double quotes, a number, true, false or null; found 01.`,
		strings.Repeat("a", 20_000):     `The filter is too long: it has 20000 bytes, and 10240 are read at most.`,
		strings.Repeat("(", 10_000):     `The filter is wrong at character 51: parentheses and brackets are nested deeper than 50 levels.`,
		strings.Repeat("not(", 2_000):   `The filter is wrong at character 204: parentheses and brackets are nested deeper than 50 levels.`,
		strings.Repeat("a pr or ", 101): `The filter is wrong at character 802: a filter has 100 comparisons at most.`,
	}
	for text, want := range tests {
		_, err := filter.Parse(text, scim.Strict())
		if diff := cmp.Diff(want, invalidFilter(t, err)); diff != "" {
			t.Errorf("Parse(%.100q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseKeepsDetailsShort(t *testing.T) {
	long := strings.Repeat("x", 9_000)
	for _, text := range []string{long + " eq 1 ]", "a " + long, "a eq " + long, "a pr " + long} {
		_, err := filter.Parse(text, nil)
		if detail := invalidFilter(t, err); len(detail) > 400 {
			t.Errorf("Parse(%.20q…) repeats too much of the filter: %s", text, detail)
		}
	}
}

func TestParseReachesItsLimits(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", filter.MaxDepth) + "a pr" + strings.Repeat(")", filter.MaxDepth),
		strings.Repeat("a pr or ", filter.MaxTerms-1) + "a pr",
		`a eq "` + strings.Repeat("x", filter.MaxLength-7) + `"`,
	} {
		if _, err := filter.Parse(text, nil); err != nil {
			t.Errorf("Parse(%.20q…, %d bytes): %v", text, len(text), err)
		}
	}
}

// invalidFilter returns the detail of a 400 invalidFilter and fails for any other error.
func invalidFilter(t *testing.T, err error) string {
	t.Helper()
	var e *scim.Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest || e.Type != scim.InvalidFilter {
		t.Errorf("got error %v, want a 400 invalidFilter", err)
		return ""
	}
	return e.Detail
}
