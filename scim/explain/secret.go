package explain

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/askspoke/spoke/scim/schema"
)

// secrets are the names of what must not be kept, folded.
type secrets struct {
	names map[string]bool // of attributes, by any of the schemas
	urns  map[string]bool // in lower case: of schemas of which all is secret
	// assigned finds one that is followed by its value in a text, and sieve what needs no look.
	assigned *regexp.Regexp
	sieve    *sieve
}

// words are in the names that people give to secrets: password, userPassword, passwordProfile, client_secret, apiKey.
var words = [...]string{
	"password", "passwd", "passphrase", "credential", "authorization", "apikey", "privatekey", "clientsecret",
	"accesstoken", "refreshtoken", "secrettoken", "bearertoken",
}

// endings end such names, where they say something else in the middle: secretary.
var endings = [...]string{"secret", "token", "pwd"}

// structure are names that mean something else in most places, so that they are no secret's by themselves: what holds
// them is.
var structure = map[string]bool{
	"value": true, "type": true, "display": true, "primary": true, "ref": true, "id": true, "name": true, "schemas": true, "meta": true,
	"op": true, "operations": true, "path": true, "method": true, "data": true, "bulkid": true, "filter": true, "version": true,
}

func newSecrets(types []*schema.ResourceType) *secrets {
	s := &secrets{names: make(map[string]bool), urns: make(map[string]bool)}
	for _, t := range types {
		s.addSchema(t.Schema)
		for _, e := range t.Extensions {
			s.addSchema(e.Schema)
		}
	}
	s.assigned = newAssignments(s.names)
	s.sieve = newSieve(slices.Concat(slices.Collect(maps.Keys(s.names)), slices.Collect(maps.Keys(s.urns)), words[:], endings[:], assigned[:]))
	return s
}

func (s *secrets) addSchema(of *schema.Schema) {
	for i := range of.Attributes {
		a := &of.Attributes[i]
		if isSecret(a) {
			s.add(a.Name, of.ID)
		}
		for j := range a.SubAttributes {
			if sub := &a.SubAttributes[j]; isSecret(sub) && structure[fold(sub.Name)] {
				s.add(a.Name, of.ID) // also a plain value in the place of the whole
			} else if isSecret(sub) {
				s.names[fold(sub.Name)] = true
			}
		}
	}
}

func (s *secrets) add(name, urn string) {
	if structure[fold(name)] {
		s.urns[strings.ToLower(urn)] = true
		return
	}
	s.names[fold(name)] = true
}

func isSecret(a *schema.Attribute) bool {
	return a.Returned == schema.Never || a.Mutability == schema.WriteOnly
}

// named tells whether a name, or one of the names in a path, is a secret's: "Password", "name.password",
// "urn:…:User:password", "emails[type eq \"work\"].password".
func (s *secrets) named(path string) bool {
	if s.sieve.mayHold(path)&aName == 0 {
		return false
	}
	head, brackets, _ := strings.Cut(path, "[")
	if len(s.urns) > 0 {
		for urn := range s.urns {
			if len(head) >= len(urn) && strings.EqualFold(head[:len(urn)], urn) {
				return true
			}
		}
	}
	head = head[strings.LastIndexByte(head, ':')+1:]
	return s.part(head) || brackets != "" && s.part(brackets)
}

// part looks at the whole of a text, and at what is between its signs.
func (s *secrets) part(text string) bool {
	if s.word(fold(text)) {
		return true
	}
	if !strings.ContainsAny(text, signs) {
		return false
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(signs, r) }) {
		if s.word(fold(part)) {
			return true
		}
	}
	return false
}

const signs = ".:[]()\"'/ "

// word looks at one folded name.
func (s *secrets) word(name string) bool {
	if s.names[name] {
		return true
	}
	for _, word := range words {
		if strings.Contains(name, word) {
			return true
		}
	}
	for _, ending := range endings {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// mayHide tells whether a text that nobody can read for its names has one of a secret anywhere.
func (s *secrets) mayHide(text string) bool {
	plain := text
	for range 2 * maxEncoded { // an escape can be escaped
		next := unescape(plain)
		if next == plain {
			break
		}
		plain = next
	}
	if plain != text { // where it is escaped nobody would find it
		if bare := strings.ReplaceAll(plain, `\`, ""); s.scrub(bare) != bare {
			return true
		}
	}
	squeezed := fold(plain)
	for _, list := range [...][]string{words[:], endings[:]} {
		for _, word := range list {
			if strings.Contains(squeezed, word) {
				return true
			}
		}
	}
	for name := range s.names {
		if strings.Contains(squeezed, name) {
			return true
		}
	}
	for urn := range s.urns {
		if strings.Contains(squeezed, fold(urn)) {
			return true
		}
	}
	// A PATCH that breaks off behind a value may not have come to its path.
	return strings.Contains(squeezed, "operations") && strings.Count(squeezed, "value") > strings.Count(squeezed, "path")
}

// fold returns the letters and digits of a name in one case: "client_secret" and "ClientSecret" are the same. It folds
// more than SCIM does, which knows ASCII alone: "paſſword" is no attribute, and may hold a password.
func fold(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			b.WriteByte(byte(r))
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) | 0x20)
		case r < 0x80 || r == unicode.ReplacementChar:
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
		}
	}
	return b.String()
}
