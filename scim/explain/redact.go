package explain

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim/schema"
)

// What is kept of a body at most: its bytes, how deep it is nested, and the paths of what was taken out.
const (
	MaxBody  = 64 << 10
	maxDepth = 64
	maxPaths = 100
	// maxRead is how long a body is that is read as a whole, at most. Of a longer one no more than the beginning can be kept,
	// so no more is looked at: whoever sends such bodies to be refused must not get the processor's time for it.
	maxRead = 4 * MaxBody
)

// Redacted stands in the place of what was taken out.
const Redacted = "[redacted]"

// Body is a request's body without what must not be kept. It is in JSON or in Text, or in neither where it was empty.
type Body struct {
	JSON      json.RawMessage // valid, in the order and with the spelling of the body
	Text      string          // of a body that is no JSON, is nested too deep, or was cut off
	Truncated bool            // Text is the beginning
	Paths     []string        // where something was taken out: "Operations[0].value"; 100 at most
}

// Redactor takes secrets out of what clients send: passwords, the values of attributes that are never returned or can only
// be written, and what looks like a bearer token. What else they send stays as it is, personal data too, so that the request
// can be sent again. It is safe for concurrent use.
//
// A name that is a secret's in one schema is taken for one wherever it stands, and so is one that people give to secrets
// though no schema has it: too much is better taken out than too little.
type Redactor struct{ secrets *secrets }

// NewRedactor returns the redactor for resources of the types.
func NewRedactor(types []*schema.ResourceType) Redactor { return Redactor{newSecrets(types)} }

// Redact takes the secrets out of a body.
func Redact(types []*schema.ResourceType, body []byte) Body { return NewRedactor(types).Body(body) }

// Body takes the secrets out of a body: members by their names, also in paths and in text that is JSON itself, and what a
// PATCH sets at a path. A body that is no JSON is left out as a whole if it may hold a secret.
func (r Redactor) Body(body []byte) Body {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if len(bytes.TrimSpace(body)) == 0 {
		return Body{}
	}
	if len(body) > maxRead {
		out := r.foreign([]byte(beginning(string(body))))
		out.Truncated = true
		return out
	}
	if !json.Valid(body) || tooDeep(body) {
		return r.foreign(body)
	}
	s := scanner{secrets: r.secrets, in: body, out: make([]byte, 0, len(body)+len(body)/16)}
	s.space()
	s.value(context{})
	if len(s.out) <= MaxBody {
		return Body{JSON: s.out, Paths: s.paths}
	}
	return Body{Text: cut(string(s.out)), Truncated: true, Paths: s.paths}
}

// foreign is the body that is no JSON.
func (r Redactor) foreign(body []byte) Body {
	text := string(body)
	if !isText(text) || r.secrets.mayHide(text) {
		return Body{Text: Redacted, Paths: []string{"body"}}
	}
	out := Body{Text: r.Text(text)}
	if out.Text != text {
		out.Paths = []string{"body"}
	}
	if len(out.Text) > MaxBody {
		out.Text, out.Truncated = cut(out.Text), true
	}
	return out
}

// Text takes what looks like a token, and whatever follows the name of a secret and a sign that says it is its value, out
// of a text.
func (r Redactor) Text(text string) string { return r.secrets.scrub(text) }

// Query takes the secrets out of a query string, whose other parts stay as they are: parameters by their names, and filters
// that compare a secret.
func (r Redactor) Query(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, found := strings.Cut(part, "=")
		plain := unescape(value)
		switch {
		case value != "" && r.secrets.named(unescape(name)):
			parts[i] = name + "=" + Redacted
		case r.secrets.scrub(plain) != plain:
			parts[i] = name + "=" + strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", " ", "%20").Replace(r.secrets.scrub(plain))
		case !found && r.secrets.scrub(unescape(part)) != unescape(part):
			parts[i] = Redacted
		}
	}
	return strings.Join(parts, "&")
}

// cut returns the beginning of a text.
func cut(text string) string {
	end := min(len(text), MaxBody)
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// beginning is cut for a text that is not redacted yet: a word, which may be half a secret, is not broken in two.
func beginning(text string) string {
	text = cut(text)
	return text[:max(strings.LastIndexAny(text, " ,;&\t\r\n\"'"), 0)]
}

// isText tells whether people can read it: no binary, and no text in another encoding.
func isText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' })
}

// tooDeep tells whether objects and lists of valid JSON are nested deeper than is looked into.
func tooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
