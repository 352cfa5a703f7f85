package filter

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// value reads a comparison value (compValue): a JSON string, number, true, false or null; under
// scim.UnquotedFilterValue also a bare word, as a string.
func (p *parser) value() (any, error) {
	if p.peek() == '"' {
		return p.quoted()
	}
	start := p.pos
	for p.pos < len(p.text) && !isSpace(p.text[p.pos]) && p.text[p.pos] != ')' && p.text[p.pos] != ']' {
		p.pos++
	}
	word := p.text[start:p.pos]
	switch {
	case word == "":
		return nil, p.expected("a value: a text in double quotes, a number, true, false or null")
	case word == "true":
		return true, nil
	case word == "false":
		return false, nil
	case word == "null":
		return nil, nil
	case isNumber(word):
		return json.Number(word), nil
	case word[0] != '\'' && p.lenient.Allow(scim.UnquotedFilterValue):
		return word, nil
	default:
		return nil, p.fail(start, `the value must be a text in double quotes, a number, true, false or null; found %s`, schema.Shorten(word))
	}
}

// quoted reads a JSON string.
func (p *parser) quoted() (any, error) {
	start, plain := p.pos, true
	for p.pos++; p.pos < len(p.text) && p.text[p.pos] != '"'; p.pos++ {
		if c := p.text[p.pos]; c == '\\' {
			plain = false
			p.pos++
		} else if c < ' ' {
			plain = false
		}
	}
	if p.pos >= len(p.text) {
		p.pos = len(p.text)
		return nil, p.fail(start, "the text that starts here has no closing quote")
	}
	p.pos++
	if plain {
		return p.text[start+1 : p.pos-1], nil
	}
	var text string
	if err := json.Unmarshal([]byte(p.text[start:p.pos]), &text); err != nil {
		return nil, p.fail(start, `the text that starts here is no JSON string: write \" for a quote, \\ for a backslash and \n for a line break`)
	}
	if strings.IndexByte(text, 0) >= 0 {
		return nil, p.fail(start, "the text that starts here holds a NUL character, which no attribute can hold")
	}
	return text, nil
}

// isNumber tells whether a word is a JSON number (RFC 8259 section 6).
func isNumber(word string) bool {
	whole, rest := digits(strings.TrimPrefix(word, "-"))
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		var fraction string
		if fraction, rest = digits(rest[1:]); fraction == "" {
			return false
		}
	}
	if rest != "" && rest[0]|0x20 == 'e' {
		if rest = rest[1:]; rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		var exponent string
		if exponent, rest = digits(rest); exponent == "" {
			return false
		}
	}
	return rest == ""
}

func digits(s string) (number, rest string) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// keyword reads the word if it is next, and the white space after it.
func (p *parser) keyword(word string) bool {
	end := p.pos + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.pos:end], word) || end < len(p.text) && !isDelimiter(p.text[end]) {
		return false
	}
	p.pos = end
	p.space()
	return true
}

// word reads up to the next delimiter.
func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.text) && !isDelimiter(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *parser) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

// peek returns the next character, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isDelimiter(c byte) bool {
	return isSpace(c) || c == '(' || c == ')' || c == '[' || c == ']' || c == '"'
}

// expected refuses what is next.
func (p *parser) expected(what string) error {
	found := "the filter ends here"
	if p.pos < len(p.text) {
		at := *p
		if found = at.word(); found == "" {
			found = p.text[p.pos : p.pos+1]
		}
		found = "found " + schema.Shorten(found)
	}
	return p.fail(p.pos, "expected %s; %s", what, found)
}

// fail refuses the filter for what is at a byte offset. People count characters, from 1.
func (p *parser) fail(at int, format string, args ...any) error {
	character := utf8.RuneCountInString(p.text[:at]) + 1
	return scim.BadRequest(scim.InvalidFilter, "The filter is wrong at character %d: "+format+".", append([]any{character}, args...)...).Breaks(scim.RuleFilterSyntax)
}
