package saml

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"github.com/askspoke/spoke/tenancy/signon"
)

// Bounds of what is kept of a person, in bytes.
const (
	maxSubject    = 256 // saml-core section 8.3.7
	maxName       = 100
	maxAttributes = 50 // the first, by their names
	maxValues     = 50 // of each
	maxValue      = 500
)

// The names by which providers send an address and a name, where the settings say none: of LDAP, of X.500 (RFC 4524, RFC 4519),
// of WS-Federation, which Entra and AD FS have, and of the guides of Okta and others.
var (
	emailNames = []string{
		"email", "mail", "emailAddress", "Email", "User.email", "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:1.2.840.113549.1.9.1",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
	}
	fullNames = []string{
		"displayName", "name", "cn", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3", "http://schemas.microsoft.com/identity/claims/displayname",
	}
	givenNames  = []string{"givenName", "firstName", "given_name", "User.FirstName", "urn:oid:2.5.4.42", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"}
	familyNames = []string{"sn", "surname", "lastName", "family_name", "User.LastName", "urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"}
)

// person returns whom an assertion is about: ErrMissing, ErrNoEmail or ErrEmail where it does not say. The address counts as
// verified, since a tenant's provider is the one to say whose its people's addresses are. The subject of a provider that makes
// up another name ID each time is the address.
func person(c Config, a *saml.Assertion) (signon.Person, error) {
	if a.Subject == nil || a.Subject.NameID == nil || strings.TrimSpace(a.Subject.NameID.Value) == "" {
		return signon.Person{}, refuse(ErrMissing, "the assertion has no name ID")
	}
	id, values := *a.Subject.NameID, attributes(a)
	if len(id.Value) > maxSubject {
		return signon.Person{}, refuse(ErrMissing, "the name ID has more than %d bytes", maxSubject)
	}
	email, err := address(c, id, values)
	if err != nil {
		return signon.Person{}, err
	}
	who := signon.Person{Subject: strings.TrimSpace(id.Value), Email: email, EmailVerified: true, Name: fullName(c, values), Attributes: shownAttributes(values)}
	if id.Format == string(saml.TransientNameIDFormat) {
		who.Subject = email
	}
	who.Until = sessionEnd(a)
	return who, nil
}

// sessionEnd returns when the session has to end that an assertion begins (saml-core section 2.7.2), the zero time where it
// does not say.
func sessionEnd(a *saml.Assertion) (end time.Time) {
	for _, s := range a.AuthnStatements {
		if at := s.SessionNotOnOrAfter; at != nil && (end.IsZero() || at.Before(end)) {
			end = at.UTC()
		}
	}
	return end
}

func attributes(a *saml.Assertion) map[string][]string {
	values := make(map[string][]string)
	for _, statement := range a.AttributeStatements {
		for _, attribute := range statement.Attributes {
			for _, v := range attribute.Values {
				text := strings.TrimSpace(v.Value)
				if text == "" && v.NameID != nil {
					text = strings.TrimSpace(v.NameID.Value)
				}
				if text != "" {
					values[attribute.Name] = append(values[attribute.Name], text)
				}
			}
		}
	}
	return values
}

// address returns the one address that an assertion tells. Where it tells two, the order of things that nobody looks at would
// decide who comes in.
func address(c Config, id saml.NameID, values map[string][]string) (string, error) {
	names := emailNames
	if c.EmailAttribute != "" {
		names = []string{c.EmailAttribute}
	}
	var found []string
	for _, name := range names {
		found = append(found, values[name]...)
	}
	if text := strings.TrimSpace(id.Value); len(found) == 0 && c.EmailAttribute == "" && mayBeAddress(id.Format) && strings.Contains(text, "@") {
		found = []string{text}
	}
	var addresses []string
	for _, text := range found {
		parsed, ok := signon.Address(text)
		if !ok {
			return "", refuse(ErrEmail, "%q is none", signon.Line(text, 80))
		}
		if !slices.Contains(addresses, parsed) {
			addresses = append(addresses, parsed)
		}
	}
	switch len(addresses) {
	case 0:
		return "", refuse(ErrNoEmail, "looked for in %s", strings.Join(names, ", "))
	case 1:
		return addresses[0], nil
	}
	return "", refuse(ErrEmail, "there are %d", len(addresses))
}

// mayBeAddress says whether a name ID with a format is read as an address where it looks like one.
func mayBeAddress(format string) bool {
	switch saml.NameIDFormat(format) {
	case "", saml.UnspecifiedNameIDFormat, saml.EmailAddressNameIDFormat:
		return true
	}
	return false
}

func fullName(c Config, values map[string][]string) string {
	first := func(names ...string) string {
		for _, name := range names {
			if v := values[name]; len(v) > 0 {
				return signon.Line(v[0], maxName)
			}
		}
		return ""
	}
	if c.NameAttribute != "" {
		return first(c.NameAttribute)
	}
	if name := first(fullNames...); name != "" {
		return name
	}
	return signon.Line(first(givenNames...)+" "+first(familyNames...), maxName)
}

func shownAttributes(values map[string][]string) map[string][]string {
	list := make(map[string][]string)
	for name, v := range values {
		if name = signon.Line(name, maxValue); name != "" {
			list[name] = v
		}
	}
	names := slices.Sorted(maps.Keys(list))
	for i, name := range names {
		if i >= maxAttributes {
			delete(list, name)
			continue
		}
		kept := make([]string, 0, min(len(list[name]), maxValues))
		for _, text := range list[name][:min(len(list[name]), maxValues)] {
			kept = append(kept, signon.Line(text, maxValue))
		}
		list[name] = kept
	}
	return list
}
