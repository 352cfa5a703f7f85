package scimtest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim/schema"
)

var textRules = []rule{
	{"no character has a meaning of its own in a comparison", func(w *world) {
		// What LIKE, quotes, JSON, JSONPath, regular expressions and format strings are made of.
		titles := []string{
			`100%`, `100x`, `a_b`, `axb`, `a\b`, `a\\b`, `a"b`, `a'b`, `a''b`, `%`, `_`, `\`, `"`, `'`, `$1`, `{}`, `[1]`, `a.b`, `a*b`, `^a$`, `?`, `;--`, `:x`, `%s`, `\u0041`, `A`, `a b`, `a  b`, ` a`, `a `,
			"a\nb", "a\tb", "\u2028", "\u00a0", "😀", "\ufeff", `null`, `true`, `1`, `a,b`, `(a)`, `a|b`, `@`, `E'\n'`, "\x01", "\x7f",
		}
		for i, title := range titles {
			quoted := quote(title)
			w.user(`{"userName": "` + string(rune('A'+i/26)) + string(rune('A'+i%26)) + `", "title": ` + quoted + `, "externalId": ` + quoted +
				`, "emails": [{"value": ` + quoted + `}], "` + BadgeURN + `": {"codes": [` + quoted + `]}}`)
		}
		for _, value := range titles {
			for _, op := range []string{"eq", "co", "sw", "ew"} {
				for _, path := range []string{"title", "externalId", "emails", BadgeURN + ":codes"} {
					w.findsText(titles, path, op, value)
				}
			}
		}
	}},
	{"text without case is compared folded, as the schema folds it", func(w *world) {
		titles := []string{"İ", "I", "ı", "i", "ß", "SS", "ẞ", "ﬀ", "ff", "Σ", "ς", "σ", "Ａ", "a", "Å", "Å", "å", "A\u030a", "ǅ", "ﾊﾞ", "バ", "É", "e\u0301", "Ω", "Ω", "ſ", "s", "K", "k"}
		for i, title := range titles {
			w.user(`{"userName": "` + string(rune('A'+i/26)) + string(rune('A'+i%26)) + `", "title": ` + quote(title) + `, "emails": [{"value": ` + quote(title) + `}]}`)
		}
		for _, value := range titles {
			for _, path := range []string{"title", "emails"} {
				w.findsText(titles, path, "eq", value)
			}
		}
	}},
	{"text is ordered by its bytes, in no language", func(w *world) {
		titles := []string{"", "a", "B", "b", "Z", "z", "ä", "é", "ß", "_", "-", "a-b", "ab", "a b", "10", "9", "😀", "\uffee", "ﬀ", "ａ", "~", "aa", "Ab"}
		for i, title := range titles {
			if title != "" {
				title = `, "title": ` + quote(title) + `, "externalId": ` + quote(title)
			}
			w.user(`{"userName": "` + string(rune('A'+i/26)) + string(rune('A'+i%26)) + `"` + title + `}`)
		}
		for _, value := range titles {
			for _, op := range []string{"gt", "ge", "lt", "le"} {
				w.findsText(titles, "title", op, value)
				w.findsText(titles, "externalId", op, value)
			}
		}
	}},
}

// quote writes text as a JSON string.
func quote(text string) string {
	b, _ := json.Marshal(text) // a string always encodes
	return string(b)
}

// findsText checks a comparison with each of the texts; the user of texts[i] is called by the i-th pair of letters.
func (w *world) findsText(texts []string, path, op, value string) {
	w.Helper()
	fold := schema.Fold
	if path == "externalId" || strings.HasPrefix(path, BadgeURN) {
		fold = func(s string) string { return s }
	}
	var want []string
	for i, text := range texts {
		if text != "" && textHolds(op, fold(text), fold(value)) {
			want = append(want, string(rune('A'+i/26))+string(rune('A'+i%26)))
		}
	}
	filter := path + " " + op + " " + quote(value)
	if got := w.names(w.users, filter); !slices.Equal(got, want) {
		w.Errorf("%s\nfinds %q\nwant  %q", filter, got, want)
	}
}

func textHolds(op, have, want string) bool {
	switch op {
	case "co":
		return strings.Contains(have, want)
	case "sw":
		return strings.HasPrefix(have, want)
	case "ew":
		return strings.HasSuffix(have, want)
	case "gt":
		return have > want
	case "ge":
		return have >= want
	case "lt":
		return have < want
	case "le":
		return have <= want
	default:
		return have == want
	}
}
