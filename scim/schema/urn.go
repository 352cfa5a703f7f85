package schema

import (
	"fmt"
	"strings"
)

// maxURNLength is the longest URN that an extension may have, in bytes.
const maxURNLength = 200

// standard is where the URNs of RFC 7643 and 7644 begin, and open is what of it an extension may have: Microsoft asks
// for URNs such as urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User.
const (
	standard = "urn:ietf:params:scim"
	open     = standard + ":schemas:extension:"
)

// CheckURN tells whether an extension may have the URN beside schemas that have the others. It must be a URN of letters,
// digits and . - _ between its colons, none of the standard's own, and neither equal to another one in any case nor its
// beginning up to a colon: "urn:a:b" beside "urn:a:b:c" would leave open whether "urn:a:b:c" is an attribute of the one
// or the whole of the other. The error is for the reader.
func CheckURN(urn string, others ...string) error {
	if urn == "" {
		return fmt.Errorf("it is missing: give the extension a URN of its own, such as urn:example:params:scim:schemas:extension:Badge:2.0:User")
	}
	if len(urn) > maxURNLength {
		return fmt.Errorf("the URN has more than %d bytes", maxURNLength)
	}
	parts := strings.Split(urn, ":")
	if len(parts) < 3 || !sameName(parts[0], "urn") || !isNamespace(parts[1]) {
		return fmt.Errorf("%q is no URN: it begins with urn: and a namespace, as urn:example:Badge does", Shorten(urn))
	}
	for _, part := range parts[2:] {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return r == '$' || r != '.' && !isNameRune(r) }) {
			return fmt.Errorf("%q cannot be used: between its colons a URN has letters, digits and . - _ here, at least one", Shorten(urn))
		}
	}
	if isReserved(urn) {
		return fmt.Errorf("%q belongs to the SCIM standard: choose one below a namespace of your own, or below %s", urn, open)
	}
	for _, other := range others {
		switch {
		case sameName(urn, other):
			return fmt.Errorf("there is a schema %s already; URNs have no case", other)
		case startsWithURN(urn, other), startsWithURN(other, urn):
			return fmt.Errorf("%q and the schema %s begin alike, so that a path could mean either: choose a URN that differs before its last part", urn, other)
		}
	}
	return nil
}

// isNamespace tells whether the text is the NID of a URN (RFC 8141 section 2).
func isNamespace(text string) bool {
	if len(text) < 2 || len(text) > 32 || strings.HasPrefix(text, "-") || strings.HasSuffix(text, "-") {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r == '$' || r == '_' || !isNameRune(r) })
}

func isReserved(urn string) bool {
	switch {
	case startsWithURN(urn, "urn:scim"), // SCIM 1.1
		sameName(urn, standard), sameName(urn, strings.TrimSuffix(open, ":")), sameName(urn, open+"enterprise"),
		startsWithURN(urn, open+"enterprise"):
		return true
	case startsWithURN(urn, standard):
		return !startsWithURN(urn, strings.TrimSuffix(open, ":"))
	}
	return false
}

// startsWithURN tells whether text begins with the URN and a colon, in any case.
func startsWithURN(text, urn string) bool {
	return len(text) > len(urn) && text[len(urn)] == ':' && sameName(text[:len(urn)], urn)
}
