// Package requirement is the table of what RFC 7643, RFC 7644 and RFC 9865 require of a service provider: one row for
// each sentence with MUST, SHALL, SHOULD or one of their kin that a server can meet, in our own words.
//
// What binds clients, authors of schemas or IANA alone is not in it, nor are MAY and OPTIONAL. Some sentences that
// require without such a word, such as what an operator of a filter means, have rows of the level Stated.
//
// The table does not say whether a provider meets a requirement: package conformance has the checks, and each of them
// names the rows that it shows. A row that nothing shows says why.
package requirement

import (
	"slices"
	"strings"
)

// Level is the word by which a sentence binds (RFC 2119).
type Level string

// The levels. Stated is a sentence that says what a service provider does without one of the words.
const (
	Must        Level = "MUST"
	MustNot     Level = "MUST NOT"
	Shall       Level = "SHALL"
	ShallNot    Level = "SHALL NOT"
	Required    Level = "REQUIRED"
	Should      Level = "SHOULD"
	ShouldNot   Level = "SHOULD NOT"
	Recommended Level = "RECOMMENDED"
	Stated      Level = "stated"
)

// Levels lists the levels, the strongest first.
func Levels() []Level {
	return []Level{Must, MustNot, Shall, ShallNot, Required, Should, ShouldNot, Recommended, Stated}
}

// Binding tells whether a provider that does otherwise does not conform. SHOULD leaves room for a good reason.
func (l Level) Binding() bool {
	switch l {
	case Must, MustNot, Shall, ShallNot, Required:
		return true
	default:
		return false
	}
}

// Requirement is one row of the table.
type Requirement struct {
	// ID is the RFC, the section and a number that counts the rows of the section: "7644-3.5.2-7". It never changes, and
	// is not given again when its row goes.
	ID    string
	Level Level
	Text  string // a paraphrase, whose subject is the service provider where it names none
	// Tests are Go tests that show what no client can see over HTTP: "tenancy/token.TestVerify".
	Tests []string
	// Reason says why neither a check nor a test shows it; "" where one does.
	Reason string
}

// RFC is the number of the document: "7644".
func (r Requirement) RFC() string {
	rfc, _, _ := strings.Cut(r.ID, "-")
	return rfc
}

// Section is the section of the document: "3.5.2".
func (r Requirement) Section() string {
	_, rest, _ := strings.Cut(r.ID, "-")
	section, _, _ := strings.Cut(rest, "-")
	return section
}

// All returns the table in the order of the documents.
func All() []Requirement {
	return slices.Concat(
		schemaRules, commonRules, userRules, groupRules, configRules, resourceTypeRules, schemaDefinitionRules, dataRules,
		accessRules, endpointRules, createRules, queryRules, filterRules, sortRules, pageRules, projectionRules, searchRules,
		putRules, patchRules, patchOperationRules, deleteRules, bulkRules, formatRules, errorRules, versionRules,
		discoveryRules, securityRules,
		cursorRules,
	)
}

// Find returns the row with the id.
func Find(id string) (Requirement, bool) {
	all := All()
	i := slices.IndexFunc(all, func(r Requirement) bool { return r.ID == id })
	if i < 0 {
		return Requirement{}, false
	}
	return all[i], true
}
