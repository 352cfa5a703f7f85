// Package resource holds a SCIM resource as a value: JSON read strictly and written in the order of its schemas,
// attributes chosen by name, and the document that a store keeps.
//
// An object is a map[string]any whose values are string, bool, json.Number, map[string]any and []any. A canonical
// object has names spelled as its schemas spell them and holds nothing empty.
package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// MaxDepth is how deep the objects and lists of a body may be nested. A SCIM message needs 6.
const MaxDepth = 32

// Decode reads a body that must be one JSON object. It refuses what encoding/json lets pass and what would be stored
// otherwise than it was sent: invalid UTF-8, two members of one name in any case (RFC 7643 section 2.1), a NUL, nesting
// deeper than MaxDepth, anything after the object. The error is a 400 invalidSyntax or invalidValue.
func Decode(body []byte, lenient *scim.Leniency) (map[string]any, error) {
	if trimmed, found := bytes.CutPrefix(body, []byte("\ufeff")); found && lenient.Allow(scim.ByteOrderMark) {
		body = trimmed
	}
	if !utf8.Valid(body) {
		return nil, scim.BadRequest(scim.InvalidSyntax, "The body is not valid UTF-8.").Breaks(scim.RuleBodyText)
	}
	if hasLoneSurrogate(body) {
		return nil, scim.BadRequest(scim.InvalidSyntax, "The body has half a surrogate pair (such as \\ud800 alone), which is no character.").Breaks(scim.RuleBodyText)
	}
	d := decoder{json.NewDecoder(bytes.NewReader(body))}
	d.UseNumber()
	token, err := d.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil, scim.BadRequest(scim.InvalidSyntax, "The body is empty: send a JSON object.").Breaks(scim.RuleBodyJSON)
	case err != nil:
		return nil, d.broken(err)
	case token != json.Delim('{'):
		return nil, scim.BadRequest(scim.InvalidSyntax, "The body must be a JSON object.").Breaks(scim.RuleBodyJSON)
	}
	object, err := d.object(1)
	if err != nil {
		return nil, err
	}
	if _, err = d.Token(); !errors.Is(err, io.EOF) {
		return nil, scim.BadRequest(scim.InvalidSyntax, "The body has more text after the JSON object.").Breaks(scim.RuleBodyJSON)
	}
	return object, nil
}

// hasLoneSurrogate tells whether an escape in the text is half of a surrogate pair. encoding/json would read it as
// U+FFFD, and what is stored would not be what was sent.
func hasLoneSurrogate(text []byte) bool {
	const escape = len(`\ud83d`)
	surrogate := func(at int, first byte) bool { // \ud8xx to \udbxx, or \udcxx to \udfxx
		if at+escape > len(text) || text[at] != '\\' || text[at+1] != 'u' || text[at+2]|0x20 != 'd' {
			return false
		}
		c := text[at+3] | 0x20
		high := c == '8' || c == '9' || c == 'a' || c == 'b'
		low := c >= 'c' && c <= 'f'
		return first == 'h' && high || first == 'l' && low
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\':
		case surrogate(i, 'l'):
			return true
		case surrogate(i, 'h'):
			if !surrogate(i+escape, 'l') {
				return true
			}
			i += 2*escape - 1
		default:
			i++ // whatever is escaped, a backslash too
		}
	}
	return false
}

type decoder struct{ *json.Decoder }

func (d decoder) broken(err error) error {
	return &scim.Error{
		Status: 400, Type: scim.InvalidSyntax, Rule: scim.RuleBodyJSON, Err: err,
		Detail: fmt.Sprintf("The body is not valid JSON: it goes wrong or breaks off near byte %d.", d.InputOffset()),
	}
}

func (d decoder) object(depth int) (map[string]any, error) {
	object := make(map[string]any)
	var names map[string]struct{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, d.broken(err)
		}
		name := token.(string) // the decoder gives nothing else before a colon
		if err := checkText(name); err != nil {
			return nil, err
		}
		if names == nil {
			names = make(map[string]struct{}, 8)
		}
		folded := strings.ToLower(name)
		if _, twice := names[folded]; twice {
			return nil, scim.BadRequest(scim.InvalidSyntax, "The body has the member %q twice; names have no case.", schema.Shorten(name)).Breaks(scim.RuleBodyDuplicate).About(schema.Shorten(name))
		}
		names[folded] = struct{}{}
		if object[name], err = d.value(depth); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, d.broken(err)
	}
	return object, nil
}

func (d decoder) list(depth int) ([]any, error) {
	list := []any{}
	for d.More() {
		item, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	if _, err := d.Token(); err != nil {
		return nil, d.broken(err)
	}
	return list, nil
}

func (d decoder) value(depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, d.broken(err)
	}
	switch v := token.(type) {
	case json.Delim:
		if depth >= MaxDepth {
			return nil, scim.BadRequest(scim.InvalidSyntax, "The body is nested deeper than %d levels.", MaxDepth).Breaks(scim.RuleBodyJSON)
		}
		if v == '{' {
			return d.object(depth + 1)
		}
		return d.list(depth + 1)
	case string:
		return v, checkText(v)
	default:
		return v, nil
	}
}

func checkText(s string) error {
	if strings.ContainsRune(s, 0) {
		return scim.BadRequest(scim.InvalidValue, "The text %q holds a NUL character (\\u0000), which cannot be stored.", schema.Shorten(s)).Breaks(scim.RuleBodyText)
	}
	return nil
}
