package signon

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/tenancy/outbox"
)

// Person is whom an identity provider says that it let in.
type Person struct {
	// Subject is the provider's own name of the person, which never becomes another's: sub, or a SAML NameID.
	Subject string `json:"subject"`
	// Email is the address as Address returns it.
	Email string `json:"email"`
	// EmailVerified says that the provider knows the address to be hers, rather than what she typed. Nobody signs in without.
	EmailVerified bool                `json:"email_verified"`
	Name          string              `json:"name,omitempty"` // for people; "" when it did not say
	Attributes    map[string][]string `json:"attributes,omitempty"`
	// Until is when the provider has the session end that this began, at the latest; zero: it did not say.
	Until time.Time `json:"until,omitzero"`
}

// Bounds of a Person.
const (
	maxSubject    = 255 // OpenID Connect Core 1.0 section 2; SAML's is 256
	maxName       = 100
	maxAttributes = 50  // the first, by their names
	maxValues     = 50  // of each
	maxValue      = 500 // bytes of each
)

// Address returns a mail address in the form in which addresses are compared (outbox.FoldAddress), and whether it is one.
func Address(text string) (string, bool) {
	address, err := outbox.ParseAddress(text)
	if err != nil {
		return "", false
	}
	return outbox.FoldAddress(address), true
}

// Domain returns what follows the at sign of an address.
func Domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Line returns what of a foreign text can be shown on one line: its printable characters, at most so many bytes.
func Line(text string, most int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text[:min(len(text), 4*most)], "")))
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
