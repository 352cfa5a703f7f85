package schema

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Fold returns the form in which a string without case is compared: full- and half-width characters mapped, lower
// case, composed (NFC). That is the preparation of UsernameCaseMapped (RFC 8265 section 3.3), which RFC 7644
// section 5 asks of userName, applied also to strings that the profile would refuse: what a provider calls a user is
// compared, never judged. It does not depend on a locale or on a database's collation.
func Fold(s string) string {
	ascii, upper := true, false
	for i := range len(s) {
		c := s[i]
		ascii = ascii && c < utf8.RuneSelf
		upper = upper || 'A' <= c && c <= 'Z'
	}
	switch {
	case ascii && !upper:
		return s
	case ascii:
		return strings.ToLower(s)
	}
	// The full mapping, not strings.ToLower's: that one makes İ and i the same letter, and two users one.
	lower := cases.Lower(language.Und, cases.HandleFinalSigma(false))
	return norm.NFC.String(lower.String(width.Fold.String(s)))
}

// Comparable returns the form in which a value of the attribute is compared: itself where case matters (caseExact),
// else folded.
func (a *Attribute) Comparable(s string) string {
	if a.CaseExact {
		return s
	}
	return Fold(s)
}
