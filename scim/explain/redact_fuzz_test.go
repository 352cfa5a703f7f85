package explain_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/explain"
)

// writer makes bodies at random, with a secret in each place where one can be.
type writer struct {
	*rand.Rand
	secret string
	depth  int
}

func (w *writer) one(list ...string) string { return list[w.IntN(len(list))] }

// text is a string in JSON, some of its letters escaped.
func (w *writer) text(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r < 0x80 && w.IntN(20) == 0:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// cased is a name in any case.
func (w *writer) cased(name string) string {
	b := []byte(name)
	for i := range b {
		if c := b[i] | 0x20; 'a' <= c && c <= 'z' && w.IntN(4) == 0 {
			b[i] ^= 0x20
		}
	}
	return string(b)
}

// secretPath is a path that leads to a secret.
func (w *writer) secretPath() string {
	return w.cased(w.one("password", "urn:ietf:params:scim:schemas:core:2.0:User:password", "urn:example:2.0:Door:pin", "riddle",
		"urn:example:2.0:Door:lock.code", "lock.code", "badge.value", "urn:example:2.0:Vault:value", `lock[maker eq "x"].code`, "userPassword", "client_secret"))
}

// space is white space.
func (w *writer) space() string { return w.one("", "", "", " ", "\n\t") }

func (w *writer) object(members ...string) string {
	w.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + w.space() + strings.Join(members, w.space()+","+w.space()) + w.space() + "}"
}

func (w *writer) member(name, value string) string {
	return w.text(name) + w.space() + ":" + w.space() + value
}

// hidden is a value that is the secret, or has it inside.
func (w *writer) hidden() string {
	s := w.text(w.secret)
	return w.one(s, s, "["+s+"]", w.object(w.member("value", s)), w.object(w.member("a", "[1,"+s+"]")), w.text("x "+w.secret))
}

// carrier is a value somewhere in which a secret is, where its place says that it is one.
func (w *writer) carrier() string {
	if w.depth++; w.depth > 6 {
		return w.object(w.member(w.secretPath(), w.hidden()))
	}
	innocent := w.member(w.one("title", "floor", "op", "x"), w.one("1", "null", `"add"`, "[]"))
	switch w.IntN(10) {
	case 0, 1:
		return w.object(innocent, w.member(w.secretPath(), w.hidden()))
	case 2:
		return w.object(innocent, w.member(w.cased("path"), w.text(w.secretPath())), w.member(w.one("value", "VALUE", "values", "data"), w.hidden()))
	case 3:
		return w.object(w.member("name", w.text(w.secretPath())), w.member(w.one("value", "newValue", "oldValue"), w.hidden()))
	case 4:
		return "[" + w.one("1,", "") + w.carrier() + "," + w.carrier() + "]"
	case 5:
		return w.object(innocent, w.member(w.one("value", "data", "Operations", "urn:example:2.0:Door", "emails"), w.carrier()))
	case 6:
		if strings.Count(w.secret, "") > 40 { // a text in a text in a text grows
			return w.object(w.member("a", w.carrier()))
		}
		return w.object(innocent, w.member(w.one("value", "x"), w.text(w.carrier())))
	case 7:
		return w.object(w.member(w.one("filter", "x"), w.text(w.one(`userName eq "a" and password eq "`, "password=", `pin: `, "Bearer ")+w.secret+`"`)))
	case 8:
		return w.object(w.member("urn:example:2.0:vault", w.object(w.member("value", w.hidden()))))
	default:
		return w.object(w.member("badge", w.one(w.hidden(), w.object(w.member("value", w.hidden())))))
	}
}

// redactor is that of all kinds.
var redactor = explain.NewRedactor(kinds)

// FuzzRedact makes a body that holds a secret, with noise around it, breaks it or not, and looks for the secret in all that
// is kept. Of a body without secrets nothing may be missing.
func FuzzRedact(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, "noise", seed%5 == 0)
	}
	f.Add(uint64(1), `"]}{\`, true)
	f.Add(uint64(2), "\x00\xff\ufeff", false)
	f.Fuzz(func(t *testing.T, seed uint64, noise string, broken bool) {
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same bodies each time
		w := &writer{Rand: r, secret: fmt.Sprintf("hunter%016x", r.Uint64())}
		body := w.object(w.member("noise", w.text(strings.ToValidUTF8(strings.ReplaceAll(noise, "\x00", ""), ""))), w.member("x", w.carrier()))
		body = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, body)
		if broken {
			body = strings.TrimRight(body, " \n\t}") // what says that it is a secret is still there
		}
		got := redactor.Body([]byte(body))
		kept := string(got.JSON) + got.Text + strings.Join(got.Paths, " ")
		if strings.Contains(plain(kept), w.secret) {
			t.Errorf("the secret %s is in\n%s\nof\n%s", w.secret, kept, body)
		}
		if got.JSON != nil && !json.Valid(got.JSON) {
			t.Errorf("no JSON any more: %s", got.JSON)
		}
		if query := redactor.Query(noise); len(query) > 3*len(noise)+100 {
			t.Errorf("%d bytes of %d", len(query), len(noise))
		}
		again := redactor.Body(got.JSON)
		if got.JSON != nil && string(again.JSON) != string(got.JSON) {
			t.Errorf("redacted again it is another:\n%s\n%s", got.JSON, again.JSON)
		}
		harmless, _ := json.Marshal(map[string]any{"title": "a " + noise[:min(len(noise), 3)], "emails": []any{seed}})
		if kept := redactor.Body(harmless); string(kept.JSON) != string(harmless) {
			t.Errorf("%s became %s", harmless, kept.JSON)
		}
	})
}

// plain undoes escapes of JSON, as often as there may be JSON in JSON.
func plain(text string) string {
	for range 8 {
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			if text[i] != '\\' {
				b.WriteByte(text[i])
				continue
			}
			if i+6 > len(text) || text[i+1] != 'u' {
				continue
			}
			if code, err := strconv.ParseUint(text[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(code))
				i += 5
			}
		}
		text = b.String()
	}
	return text
}
