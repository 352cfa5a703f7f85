// Package conformance checks a SCIM service provider from outside, over HTTP: any provider, at any URL. Each check is a
// small rule with a name, and says which rows of package requirement it shows.
//
//	session, err := conformance.Connect(ctx, conformance.Options{URL: "https://acme.example.com/scim/v2", Token: secret})
//	results := session.Run(ctx, conformance.Checks(), nil)
//
// A session believes what ServiceProviderConfig announces: a check of something that is not announced is not offered,
// which is no failure. Every name that a session makes is its own, and what it creates it deletes. It looks only at what
// it made itself, so a provider with data in it can be checked, and two sessions can run at once.
//
// The package does not measure, load or attack a provider, and it never sees how the provider is made.
package conformance

import (
	"slices"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

// Check is one rule and the requests that show whether it holds.
type Check struct {
	Name string
	// Shows are the ids of the requirements that hold where the check passes.
	Shows []string
	// Needs are the features without which the check says nothing.
	Needs []Feature
	// Tolerates are the departures from the RFC by which a provider that is lenient does what the check wants refused. In
	// the profile auto that is no failure.
	Tolerates []scim.Tolerance
	// Run plays the check. It ends early by a method of the trial.
	Run func(t *Trial)
}

// Binding tells whether a provider that fails the check does not conform, or has only departed from advice.
func (c Check) Binding() bool {
	return slices.ContainsFunc(c.Shows, func(id string) bool {
		r, _ := requirement.Find(id)
		return r.Level.Binding() || r.Level == requirement.Stated
	})
}

// Checks returns all checks, in the order of their chapters.
func Checks() []Check {
	return slices.Concat(
		configChecks, resourceTypeChecks, schemaChecks, discoveryChecks,
		accessChecks, formatChecks, errorChecks,
		createChecks, commonChecks, schemasChecks, valueChecks, multiValuedChecks, userChecks, characteristicChecks,
		readChecks, listChecks, filterChecks, filterGrammarChecks, filterRefusalChecks, pageChecks, projectionChecks, sortChecks,
		putChecks, patchChecks, patchRefusalChecks, patchAddChecks, patchRemoveChecks, patchReplaceChecks, deleteChecks,
		groupChecks, membershipChecks,
		versionChecks, meChecks, searchChecks, rootChecks, cursorChecks, bulkChecks, bulkRefusalChecks, bulkReferenceChecks,
	)
}

// Profile is what the provider is expected to accept beside the RFC.
type Profile string

// The profiles. A provider of another maker is Auto.
const (
	Auto   Profile = "auto"   // what a check tolerates is accepted
	Strict Profile = "strict" // nothing but the RFC
)
