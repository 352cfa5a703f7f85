package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Refusal is the Detail of a refused entry: why the request was refused, what to change, and the request itself, so that
// it can be made again.
type Refusal struct {
	Rule      string `json:"rule,omitempty"`      // the name of the rule that was broken
	Attribute string `json:"attribute,omitempty"` // the canonical path of what the refusal is about
	SCIMType  string `json:"scim_type,omitempty"` // RFC 7644, section 3.12
	Detail    string `json:"detail,omitempty"`    // as the client was told
	Hint      string `json:"hint,omitempty"`      // what to change
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	Query     string `json:"query,omitempty"` // without the question mark
	// Body is the request's, redacted; BodyText instead where it is no JSON, or was cut off.
	Body      json.RawMessage `json:"body,omitempty"`
	BodyText  string          `json:"body_text,omitempty"`
	Truncated bool            `json:"truncated,omitempty"` // the body was longer than what is kept
	Redacted  []string        `json:"redacted,omitempty"`  // the paths of what the body had and is not kept
}

// ErrNoRefusal is an entry that was accepted.
var ErrNoRefusal = errors.New("the entry was not refused")

// Encode returns the refusal as an entry's Detail. Whatever a client sent can be stored then: a body that is no JSON, or
// JSON that Postgres's jsonb does not hold, becomes BodyText, and a NUL in a text the replacement character.
func (r Refusal) Encode() (json.RawMessage, error) {
	if len(r.Body) > 0 && !storable(r.Body) {
		if r.BodyText == "" {
			r.BodyText = string(r.Body)
		}
		r.Body = nil
	}
	for _, text := range []*string{
		&r.Rule, &r.Attribute, &r.SCIMType, &r.Detail, &r.Hint, &r.Method, &r.Path, &r.Query, &r.BodyText,
	} {
		*text = withoutNUL(*text)
	}
	redacted := make([]string, 0, len(r.Redacted))
	for _, path := range r.Redacted {
		redacted = append(redacted, withoutNUL(path))
	}
	r.Redacted = redacted
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil { // it replaces what is no UTF-8
		return nil, fmt.Errorf("encode refusal: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Refusal returns the Detail of a refused entry. Error: ErrNoRefusal, or that of a Detail which Encode did not make.
func (e *Entry) Refusal() (Refusal, error) {
	if e.Outcome != Refused {
		return Refusal{}, ErrNoRefusal
	}
	var r Refusal
	if err := json.Unmarshal(e.Detail, &r); err != nil {
		return Refusal{}, fmt.Errorf("decode refusal %s: %w", e.ID, err)
	}
	return r, nil
}

func withoutNUL(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

// What is JSON and no jsonb: halves of surrogate pairs, NULs, numbers beyond numeric, and nesting beyond the stack.
var (
	surrogatePair = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
	unstorable    = regexp.MustCompile(`\\u0000|\\u[dD][89a-fA-F]`)
	hugeNumber    = regexp.MustCompile(`[eE][+-]?[0-9]{4}|[0-9]{1000}`)
)

// deepest is the nesting of a body that is kept as JSON. Postgres's own limit depends on its stack.
const deepest = 200

// storable says whether Postgres surely takes the text as jsonb. It may say no of what it would take.
func storable(body []byte) bool {
	if !utf8.Valid(body) || !json.Valid(body) || unstorable.Match(surrogatePair.ReplaceAll(body, nil)) {
		return false
	}
	tokens, depth := json.NewDecoder(bytes.NewReader(body)), 0
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		switch token := token.(type) {
		case json.Number: // none of those inside of texts, such as the end of a UUID
			if hugeNumber.MatchString(token.String()) {
				return false
			}
		case json.Delim:
			if token == '}' || token == ']' {
				depth--
			} else if depth++; depth > deepest {
				return false
			}
		}
	}
}
