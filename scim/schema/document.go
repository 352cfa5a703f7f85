package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a schema document that a tenant brings.
const (
	MaxDocument   = 64 << 10 // bytes
	MaxAttributes = 100      // sub-attributes counted
	maxNameLength = 64       // bytes of a name
	maxTextLength = 1000     // bytes of a description or a canonical value
	maxProblems   = 20       // named in one DocumentError
)

// DocumentError says all that is wrong with a schema document, each with the attribute and what to change.
type DocumentError struct {
	Problems []string // at least one; 20 at most
}

// Error joins the problems.
func (e *DocumentError) Error() string { return strings.Join(e.Problems, "; ") }

// Parse reads a schema document (RFC 7643 section 7) as one that extends a resource type. Characteristics that it leaves
// out get the defaults of that section, descriptions that are missing are made of the names, names and keywords are read in any case, and "schemas" and "meta", which a
// published schema has, are ignored. The schema that it returns has every characteristic: its JSON is what /Schemas
// shows, and parses to the same schema.
//
// What the RFC allows but Spoke could not keep is refused rather than ignored: attributes that are required, unique,
// readOnly, writeOnly or returned never, and multi-valued sub-attributes. The error is a *DocumentError.
func Parse(document []byte) (*Schema, error) {
	p := &documentParser{}
	s := p.schema(document)
	if len(p.problems) > 0 {
		return nil, &DocumentError{Problems: p.problems}
	}
	s.Describe()
	return s, nil
}

// documentParser collects what is wrong, so that it can be put right at once.
type documentParser struct {
	problems   []string
	attributes int
}

// wrong notes a problem. where is "" or names an attribute.
func (p *documentParser) wrong(where, format string, args ...any) {
	if where != "" {
		where += ": "
	}
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, where+fmt.Sprintf(format, args...))
	}
}

func (p *documentParser) schema(document []byte) *Schema {
	document = bytes.TrimPrefix(document, []byte("\ufeff"))
	switch {
	case len(document) > MaxDocument:
		p.wrong("", "the document has more than %d bytes", MaxDocument)
		return nil
	case !utf8.Valid(document):
		p.wrong("", "the document is not UTF-8")
		return nil
	}
	if err := checkMembers(document); err != nil {
		p.wrong("", "%v", err)
		return nil
	}
	var d struct {
		Schemas     json.RawMessage   `json:"schemas"`
		Meta        json.RawMessage   `json:"meta"`
		ID          string            `json:"id"`
		Name        string            `json:"name"`
		Description string            `json:"description"`
		Attributes  []json.RawMessage `json:"attributes"`
	}
	if err := decodeStrict(document, &d); err != nil {
		p.wrong("", "%v", err)
		return nil
	}
	s := &Schema{ID: d.ID, Name: d.Name, Description: d.Description}
	if err := CheckURN(s.ID); err != nil {
		p.wrong("id", "%v", err)
	}
	if s.Name == "" {
		p.wrong("", "name is missing: say what people call the extension")
	}
	p.text("name", s.Name)
	p.text("description", s.Description)
	if len(d.Attributes) == 0 {
		p.wrong("", "attributes is missing: name at least one attribute")
	}
	s.Attributes = p.list(d.Attributes, nil, "")
	return s
}

// list reads the attributes of a schema or, where parent is given, of a complex attribute.
func (p *documentParser) list(raw []json.RawMessage, parent *Attribute, path string) []Attribute {
	out := make([]Attribute, 0, min(len(raw), MaxAttributes))
	for i, text := range raw {
		if p.attributes++; p.attributes > MaxAttributes {
			if p.attributes == MaxAttributes+1 {
				p.wrong("", "there are more than %d attributes, sub-attributes counted", MaxAttributes)
			}
			return out
		}
		where := fmt.Sprintf("attribute %s%d", path, i+1)
		var d attributeDocument
		if err := decodeStrict(text, &d); err != nil {
			p.wrong(where, "%v", err)
			continue
		}
		if d.Name != "" {
			where = fmt.Sprintf("attribute %q", Shorten(path+d.Name))
		}
		if find(out, d.Name) != nil {
			p.wrong(where, "the name is there twice; names have no case")
		}
		out = append(out, p.attribute(d, parent, path, where))
	}
	return out
}

// text refuses what is too long or holds control characters, which Postgres and terminals do not take.
func (p *documentParser) text(where, text string) {
	if len(text) > maxTextLength {
		p.wrong(where, "it has more than %d bytes", maxTextLength)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		p.wrong(where, "it holds a control character")
	}
}

// decodeStrict decodes one JSON object and refuses members that it does not know. The error is for the reader.
func decodeStrict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it must be a JSON object, not a %s", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%s cannot be a %s", kind.Field, kind.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("%s is no member of a schema document (RFC 7643 section 7): remove it, or correct its name", name)
	}
	return errors.New("it is not valid JSON")
}

// checkMembers tells whether the text is one JSON object in which no object has a member twice, in any case.
func checkMembers(text []byte) error {
	const deepest = 10
	decoder := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // the names of each object that is open; nil for a list
	name := false              // a name may come next
	for {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("the document is not valid JSON: it goes wrong or breaks off near byte %d", decoder.InputOffset())
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			name = true
		case string:
			if names := top(open); names != nil && name {
				if names[strings.ToLower(t)] {
					return fmt.Errorf("the member %q is there twice in one object; names have no case", Shorten(t))
				}
				names[strings.ToLower(t)], name = true, false
				continue
			}
			name = true
		default:
			name = true
		}
		if len(open) > deepest {
			return fmt.Errorf("the document is nested more than %d levels deep", deepest)
		}
		if len(open) == 0 {
			break
		}
	}
	end := decoder.InputOffset()
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the document goes on after its end, at byte %d", end)
	}
	return nil
}

func top(open []map[string]bool) map[string]bool {
	if len(open) == 0 {
		return nil
	}
	return open[len(open)-1]
}
