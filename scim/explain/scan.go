package explain

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxEncoded is how often JSON may be text in JSON and is still looked into.
const maxEncoded = 4

// scanner copies valid JSON without its secrets. It keeps the order, the spelling and members that repeat.
type scanner struct {
	*secrets
	in, out []byte
	pos     int
	path    []byte   // where it is
	paths   []string // where something was taken out
	encoded int      // how often this JSON is text in JSON
	members []member // of the objects that are open
	names   map[string]knownName
}

// knownName is what is known of the name of a member, as it is written: most come again and again.
type knownName struct {
	folded, label, clean string // clean is the name without a token, "" for the name as it is
	secret               bool
}

// maxNames bounds the names that are remembered.
const maxNames = 256

// member is what was written of a member of an object: the name, and where its value is in the output.
type member struct {
	name, label string // folded, and for the list of what was taken out
	start, end  int
}

// context is what is known of a value from where it stands.
type context struct{ name string } // folded; "" for none

func (s *scanner) space() {
	for s.pos < len(s.in) && strings.IndexByte(" \t\r\n", s.in[s.pos]) >= 0 {
		s.pos++
	}
}

// copyTo writes what is up to a place.
func (s *scanner) copyTo(end int) {
	s.out = append(s.out, s.in[s.pos:end]...)
	s.pos = end
}

// spaces writes white space.
func (s *scanner) spaces() {
	start := s.pos
	s.space()
	s.out = append(s.out, s.in[start:s.pos]...)
}

// value copies a value. secretPath tells that it is a text that names a secret.
func (s *scanner) value(of context) (secretPath bool) {
	switch s.in[s.pos] {
	case '{':
		s.object()
	case '[':
		s.list()
	case '"':
		return s.text(of)
	default:
		s.copyTo(s.endOfLiteral())
	}
	return false
}

func (s *scanner) list() {
	s.copyTo(s.pos + 1)
	s.spaces()
	for i := 0; s.in[s.pos] != ']'; i++ {
		length := len(s.path)
		s.path = append(strconv.AppendInt(append(s.path, '['), int64(i), 10), ']')
		s.value(context{})
		s.path = s.path[:length]
		s.spaces()
		if s.in[s.pos] == ',' {
			s.copyTo(s.pos + 1)
			s.spaces()
		}
	}
	s.copyTo(s.pos + 1)
}

// object copies an object. What it says of another of its members is known at its end: "value" may stand before "path".
func (s *scanner) object() {
	first := len(s.members)
	pathNames, pairNames := false, false
	s.copyTo(s.pos + 1)
	s.spaces()
	for s.in[s.pos] != '}' {
		name := s.name()
		length := len(s.path)
		m := member{name: name.folded, label: name.label, start: len(s.out)}
		s.path = append(s.path, m.below(length)...)
		if name.secret {
			s.drop()
		} else if s.value(context{m.name}) {
			pathNames = pathNames || m.name == "path"
			pairNames = pairNames || m.name != "path" && !strings.Contains(m.name, "value")
		}
		m.end = len(s.out)
		s.members = append(s.members, m)
		s.path = s.path[:length]
		s.spaces()
		if s.in[s.pos] == ',' {
			s.copyTo(s.pos + 1)
			s.spaces()
		}
	}
	s.copyTo(s.pos + 1)
	if pathNames || pairNames {
		s.dropMembers(s.members[first:], pathNames)
	}
	s.members = s.members[:first]
}

// name copies the name of a member, and the colon and the space after it.
func (s *scanner) name() knownName {
	end := s.endOfText()
	known := s.knownName(s.in[s.pos:end])
	if known.clean != "" {
		s.out, s.pos = appendText(s.out, known.clean), end
	} else {
		s.copyTo(end)
	}
	s.spaces()
	s.copyTo(s.pos + 1)
	s.spaces()
	return known
}

func (s *scanner) knownName(raw []byte) knownName {
	if known, ok := s.names[string(raw)]; ok {
		return known
	}
	name := decode(raw)
	clean := s.scrub(name)
	known := knownName{folded: fold(name), label: short(clean), secret: s.named(name)}
	if clean != name {
		known.clean = clean
	}
	if s.names == nil {
		s.names = make(map[string]knownName)
	}
	if len(s.names) < maxNames {
		s.names[string(raw)] = known
	}
	return known
}

// below is what the member adds to a path of that length.
func (m member) below(length int) string {
	if length == 0 {
		return m.label
	}
	return "." + m.label
}

// drop writes what stands for a value in its place, unless it is none.
func (s *scanner) drop() {
	start := s.pos
	s.skip()
	raw := s.in[start:s.pos]
	if isNothing(raw) {
		s.out = append(s.out, raw...)
		return
	}
	s.out = append(s.out, `"`+Redacted+`"`...)
	s.dropped("")
}

// dropped notes that something was taken out below where the scanner is.
func (s *scanner) dropped(below string) {
	if len(s.paths) < maxPaths {
		s.paths = append(s.paths, string(s.path)+below)
	}
}

// dropMembers takes out, of an object that names a secret, what may be its value: all beside the path of an operation, or
// of other objects what says that it is a value.
func (s *scanner) dropMembers(members []member, all bool) {
	tail := bytes.Clone(s.out[members[0].start:])
	base := members[0].start
	s.out = s.out[:base]
	from := 0
	for _, m := range members {
		raw := tail[m.start-base : m.end-base]
		if !(all && !describes[m.name]) && !strings.Contains(m.name, "value") || isNothing(raw) || string(raw) == `"`+Redacted+`"` {
			continue
		}
		s.out = append(s.out, tail[from:m.start-base]...)
		s.out = append(s.out, `"`+Redacted+`"`...)
		from = m.end - base
		s.dropped(m.below(len(s.path)))
	}
	s.out = append(s.out, tail[from:]...)
}

// describes are the members of an operation that are no values.
var describes = map[string]bool{"op": true, "path": true, "method": true, "bulkid": true, "version": true, "schemas": true}

// text copies a string. secretPath tells that it is the path of a secret by itself.
func (s *scanner) text(of context) (secretPath bool) {
	end := s.endOfText()
	raw := s.in[s.pos:end]
	text := decode(raw)
	clean := s.cleaned(text)
	if clean != text {
		s.out, s.pos = appendText(s.out, clean), end
		s.dropped("")
	} else {
		s.copyTo(end)
	}
	const longest = 512
	sentence := strings.ContainsAny(text, " \t\n") && !strings.Contains(text, "[")
	return len(text) <= longest && (of.name == "path" || !sentence) && s.named(text)
}

// cleaned returns a text without its secrets. JSON in it is looked into like the body.
func (s *scanner) cleaned(text string) string {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || strings.IndexByte(`{["`, trimmed[0]) < 0 || !json.Valid([]byte(trimmed)) {
		return s.scrub(text)
	}
	if s.encoded >= maxEncoded || tooDeep([]byte(trimmed)) {
		if s.mayHide(text) {
			return Redacted
		}
		return s.scrub(text)
	}
	inner := scanner{secrets: s.secrets, in: []byte(trimmed), encoded: s.encoded + 1}
	inner.value(context{})
	if len(inner.paths) == 0 {
		return text
	}
	return string(inner.out)
}

// skip goes past a value.
func (s *scanner) skip() {
	switch s.in[s.pos] {
	case '"':
		s.pos = s.endOfText()
	case '{', '[':
		for depth := 0; ; {
			switch s.in[s.pos] {
			case '"':
				s.pos = s.endOfText()
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			if s.pos++; depth == 0 {
				return
			}
		}
	default:
		s.pos = s.endOfLiteral()
	}
}

// endOfText returns where the string ends that begins here.
func (s *scanner) endOfText() int {
	for i := s.pos + 1; ; i++ {
		switch s.in[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// endOfLiteral returns where the number, true, false or null ends that begins here.
func (s *scanner) endOfLiteral() int {
	i := s.pos
	for i < len(s.in) && strings.IndexByte(",]} \t\r\n", s.in[i]) < 0 {
		i++
	}
	return i
}

// decode returns the text that a JSON string is.
func decode(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	if json.Unmarshal(raw, &text) != nil { // it was valid
		return string(raw)
	}
	return text
}

// appendText writes a text as a JSON string.
func appendText(b []byte, text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil { // a string always encodes
		return append(b, `"`+Redacted+`"`...)
	}
	return append(b, encoded...)
}

// isNothing tells whether a value is no secret, since there is none.
func isNothing(raw []byte) bool {
	switch string(raw) {
	case "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// short cuts a name that a client made up.
func short(name string) string {
	const most = 200
	if len(name) <= most {
		return name
	}
	end := most
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "…"
}
