package conformance

import (
	"net/http"
	"regexp"
	"strings"
)

// Feature is something that a provider may do without.
type Feature string

// The features that checks need. Those of the first group are announced in ServiceProviderConfig, the others are found
// by looking.
const (
	Patch  Feature = "patch"
	Bulk   Feature = "bulk"
	Filter Feature = "filter"
	Sort   Feature = "sort"
	ETag   Feature = "etag"
	Cursor Feature = "cursor"
	Index  Feature = "index" // paging by startIndex: unless pagination.index says no

	Search     Feature = "search"     // POST /Users/.search
	RootSearch Feature = "rootSearch" // POST /.search
	RootQuery  Feature = "rootQuery"  // GET on the base URI
	Me         Feature = "me"
	NoMe       Feature = "noMe"
	Groups     Feature = "groups"
	Enterprise Feature = "enterprise" // the enterprise extension of users
	Token      Feature = "token"      // the session has a token
	TLS        Feature = "tls"        // the base URI begins with https
	Version    Feature = "version"    // the base URI ends with a version
)

// versioned is the end of a base URI with a version (RFC 7644 section 3.13).
var versioned = regexp.MustCompile(`/v[0-9]+$`)

// probe returns the features that are not offered, each with how that is known.
func (t *Trial) probe() map[Feature]string {
	missing := make(map[Feature]string)
	lacks := func(f Feature, without bool, how string) {
		if without {
			missing[f] = how
		}
	}
	for _, f := range []Feature{Patch, Bulk, Filter, Sort, ETag} {
		lacks(f, !truth(t.config[string(f)], "supported"), "ServiceProviderConfig says "+string(f)+".supported is false")
	}
	lacks(Cursor, !truth(t.config["pagination"], "cursor"), "ServiceProviderConfig does not say that pagination.cursor is true")
	pagination, ok := t.config["pagination"].(object)
	lacks(Index, ok && pagination["index"] == false, "ServiceProviderConfig says pagination.index is false")
	lacks(Groups, t.resourceType("Group") == nil, "/ResourceTypes has no Group")
	lacks(Enterprise, t.schemas[strings.ToLower(enterpriseSchema)] == nil, "/Schemas has no enterprise extension")
	lacks(Token, t.token == "", "the session has no token")
	lacks(TLS, t.base.Scheme != "https", "the base URL is not https")
	lacks(Version, !versioned.MatchString(t.base.Path), "the base URL has no version")

	search := object{"schemas": list{searchSchema}, "count": 0}
	lacks(Search, t.do(http.MethodPost, "/Users/.search", search).absent(), "POST /Users/.search is not implemented")
	lacks(RootSearch, t.do(http.MethodPost, "/.search", search).absent(), "POST /.search is not implemented")
	lacks(RootQuery, t.get("/?count=0").absent(), "GET on the base URI is not implemented")
	me := t.get("/Me").absent()
	lacks(Me, me, "/Me is not implemented")
	lacks(NoMe, !me, "/Me is implemented")
	return missing
}

// absent tells whether the answer is that of an endpoint which is not there.
func (a answer) absent() bool {
	switch a.status {
	case http.StatusNotImplemented, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusForbidden:
		return true
	default:
		return false
	}
}

// resourceType returns the resource type of that name, or nil.
func (s *Session) resourceType(name string) object {
	for _, t := range s.types {
		if t["name"] == name {
			return t
		}
	}
	return nil
}

// truth tells whether a member of a complex value is true.
func truth(complex any, name string) bool {
	fields, _ := complex.(object)
	return fields[name] == true
}
