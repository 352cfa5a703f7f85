package scim

// Tolerance names one habit of identity providers that departs from the RFC and that a tenant's profile may accept.
// Output never departs: tolerances change what is understood, not what is answered.
type Tolerance uint8

// The tolerances, each with the provider that needs it.
const (
	// BooleanAsString reads "True" and "false" as booleans (Entra ID's default PATCH dialect).
	BooleanAsString Tolerance = iota
	// OperationCase accepts "Add", "Replace" and "Remove", and the methods of a bulk, in any case (Entra ID). The names of
	// members have no case in any profile (RFC 7643 section 2.1).
	OperationCase
	// MissingSchemas accepts a body without schemas, and unknown, legacy or repeated URNs in it and in a PATCH of it (Entra
	// ID groups, OneLogin, Google).
	MissingSchemas
	// UnknownAttribute ignores attributes that no schema of the resource defines (Entra ID's displayName of a role, PingOne).
	UnknownAttribute
	// UnquotedFilterValue reads a bare word in a filter as a string (Entra ID: externalId eq jyoung).
	UnquotedFilterValue
	// ElementPathInFilter accepts emails[type eq "work"].value eq "x" (Entra ID matching on a work e-mail).
	ElementPathInFilter
	// FilterValueType reads active eq "True" as a boolean comparison (Entra ID).
	FilterValueType
	// ObjectAsList accepts one value where a multi-valued attribute wants a list (OneLogin's emails object).
	ObjectAsList
	// StringAsComplex reads a plain string as the value sub-attribute: manager, members (Entra ID, gallery validation).
	StringAsComplex
	// ListAsObject accepts a list of one where a single complex value is wanted (Entra ID's manager).
	ListAsObject
	// EmptyAsClear takes "" for an optional attribute or an extension as no value (Entra ID's clear, gallery Null_Update).
	EmptyAsClear
	// CreateOnNoMatch lets PATCH add and replace create the element that emails[type eq "work"] does not find (Entra ID).
	CreateOnNoMatch
	// UnqualifiedExtension finds an extension attribute by its bare name: manager, in a path or a body (Entra ID).
	UnqualifiedExtension
	// PathKeys reads the member names of a PATCH value without path, and of a body, as paths: name.givenName, a
	// schema's URN with a colon and a name (Entra ID with aadOptscim062020), and the core's URN alone as the resource.
	PathKeys
	// ReadOnlyInPatch skips id, meta, schemas and groups inside a PATCH value without path (Okta).
	ReadOnlyInPatch
	// RoleAsJSON unpacks a role whose value is JSON text (Entra ID's AppRoleAssignmentsComplex).
	RoleAsJSON
	// ManyPrimaries keeps the first of several primary elements (Ping).
	ManyPrimaries
	// KeepOmitted lets a PUT keep the extension objects and the members that it says nothing of (Okta, OneLogin, Keycloak).
	KeepOmitted
	// UnencodedBinary keeps binary values that are not base64 as they were sent, such as certificates in PEM. No provider
	// is known to send them; refusing would lose the user for the certificate.
	UnencodedBinary
	// ByteOrderMark skips a UTF-8 byte order mark before the body.
	ByteOrderMark

	toleranceCount
)

var toleranceNames = [toleranceCount]string{
	"booleanAsString", "operationCase", "missingSchemas", "unknownAttribute", "unquotedFilterValue",
	"elementPathInFilter", "filterValueType", "objectAsList", "stringAsComplex", "listAsObject", "emptyAsClear",
	"createOnNoMatch", "unqualifiedExtension", "pathKeys", "readOnlyInPatch", "roleAsJson", "manyPrimaries",
	"keepOmitted", "unencodedBinary", "byteOrderMark",
}

// String is the tolerance's name in logs, metrics and settings.
func (t Tolerance) String() string { return toleranceNames[t] }

// MarshalText writes the name.
func (t Tolerance) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Tolerances lists every switch, in a fixed order.
func Tolerances() []Tolerance {
	all := make([]Tolerance, toleranceCount)
	for i := range all {
		all[i] = Tolerance(i)
	}
	return all
}

// Leniency is the tolerances that one request may use and those that it did use. The zero value and nil allow none.
// It belongs to one request and is not safe for use by two goroutines.
type Leniency struct {
	allowed, used uint64
}

// Auto allows every tolerance: the default profile.
func Auto() *Leniency { return &Leniency{allowed: 1<<toleranceCount - 1} }

// Strict allows none: the RFC as written.
func Strict() *Leniency { return &Leniency{} }

// Only allows the named tolerances.
func Only(names ...Tolerance) *Leniency {
	l := &Leniency{}
	for _, t := range names {
		l.allowed |= 1 << t
	}
	return l
}

// Allow tells whether the habit is accepted, and notes that the request needed it. Ask only where it decides.
func (l *Leniency) Allow(t Tolerance) bool {
	if l == nil || l.allowed&(1<<t) == 0 {
		return false
	}
	l.used |= 1 << t
	return true
}

// Used lists the tolerances that the request needed.
func (l *Leniency) Used() []Tolerance {
	var used []Tolerance
	if l == nil {
		return nil
	}
	for _, t := range Tolerances() {
		if l.used&(1<<t) != 0 {
			used = append(used, t)
		}
	}
	return used
}
