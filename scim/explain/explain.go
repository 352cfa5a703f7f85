// Package explain says why a request was refused and what to do about it, in the words of who set up the identity
// provider: Explain for a *scim.Error, whichever layer made it, and Redact for the body that belongs to it, so that it can
// be kept and sent again.
//
// It changes no answer and keeps nothing. Invariants: every rule that package scim names has an explanation here, and so
// has every status; what Redact returns holds no password, no value of an attribute that is never returned, and nothing
// that looks like a bearer token, and takes time that grows with the body's size alone.
package explain

import (
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Explanation is why a request was refused.
type Explanation struct {
	// Rule names the rule that was broken: "patch.no_target". People filter by it, so it is stable.
	Rule string
	// Reference is where the rule is written, in words: "RFC 7644 section 3.5.2.3: noTarget".
	Reference string
	// Attribute is what the refusal is about, by its canonical path; "" for none.
	Attribute string
	// Hint is what an administrator of the identity provider should look at and change.
	Hint string
}

// Explain explains a refusal of a request by its method and the pattern that its path matched ("/Users/{id}", "" for none).
func Explain(method, route string, e *scim.Error) Explanation {
	rule := ruleOf(method, route, e)
	entry, known := table[rule]
	if !known { // a rule of whoever uses the packages by themselves
		entry = table[byStatus(e.Status)]
	}
	return Explanation{Rule: string(rule), Reference: entry.reference, Attribute: e.Attribute, Hint: fill(entry.hint, route, e)}
}

// Reference returns where a rule is written, "" for one that is not known here.
func Reference(rule string) string { return table[scim.Rule(rule)].reference }

// ruleOf is the rule that the error names, or else what its type, its status and the request tell.
func ruleOf(method, route string, e *scim.Error) scim.Rule {
	if e.Rule != scim.NoRule {
		return e.Rule
	}
	if rule, ok := byType[e.Type]; ok {
		return rule
	}
	switch {
	case e.Status == http.StatusServiceUnavailable && e.RetryAfter > 0 && strings.HasSuffix(route, "/{id}") && method != http.MethodGet:
		return scim.RuleGuardHeld // whatever else is away does not know for how long
	case e.Status == http.StatusNotFound && route != "":
		return scim.RuleRequestResource
	}
	return byStatus(e.Status)
}

// byType are the rules of errors that say no more than their scimType (RFC 7644 table 9, RFC 9865 section 2.1).
var byType = map[scim.ErrorType]scim.Rule{
	scim.InvalidFilter: scim.RuleFilterSyntax,
	scim.TooMany:       scim.RuleListPage,
	scim.Uniqueness:    scim.RuleAttributeUnique,
	scim.Mutability:    scim.RuleAttributeImmutable,
	scim.InvalidSyntax: scim.RuleBodyJSON,
	scim.InvalidPath:   scim.RulePatchPath,
	scim.NoTarget:      scim.RulePatchNoTarget,
	scim.InvalidValue:  scim.RuleAttributeType,
	scim.InvalidVers:   scim.RuleRequestVersion,
	scim.Sensitive:     scim.RuleRequestURI,
	scim.InvalidCursor: scim.RuleListCursor,
	scim.ExpiredCursor: scim.RuleListExpired,
	scim.InvalidCount:  scim.RuleListCount,
}

// byStatus is the rule of an error that says no more than its status.
func byStatus(status int) scim.Rule {
	switch status {
	case http.StatusUnauthorized:
		return scim.RuleAuthToken
	case http.StatusForbidden:
		return scim.RuleAuthScope
	case http.StatusNotFound:
		return scim.RuleRequestEndpoint
	case http.StatusMethodNotAllowed:
		return scim.RuleRequestMethod
	case http.StatusConflict:
		return scim.RuleAttributeUnique
	case http.StatusPreconditionFailed:
		return scim.RuleRequestPrecondition
	case http.StatusRequestEntityTooLarge:
		return scim.RuleBodySize
	case http.StatusRequestURITooLong:
		return scim.RuleRequestURI
	case http.StatusUnsupportedMediaType:
		return scim.RuleBodyMediaType
	case http.StatusTooManyRequests:
		return scim.RuleLimitRate
	case http.StatusNotImplemented:
		return scim.RuleRequestMe
	case http.StatusServiceUnavailable:
		return scim.RuleTenantPaused
	case clientGone:
		return scim.RuleClientGone
	}
	if status >= http.StatusInternalServerError {
		return scim.RuleServer
	}
	return scim.RuleRequestPath
}

// clientGone is what web servers note of a client that did not wait.
const clientGone = 499

// fill puts what a hint is about into it.
func fill(hint, route string, e *scim.Error) string {
	attribute := e.Attribute
	if attribute == "" {
		attribute = "the attribute"
		hint = strings.ReplaceAll(hint, "this {attribute}", "this value")
	}
	return strings.NewReplacer("{attribute}", attribute, "{resource}", resourceOf(route)).Replace(hint)
}

func resourceOf(route string) string {
	switch {
	case strings.HasPrefix(route, "/Users"):
		return "user"
	case strings.HasPrefix(route, "/Groups"):
		return "group"
	}
	return "resource"
}
