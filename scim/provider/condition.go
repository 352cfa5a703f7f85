package provider

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// condition is what a client asks of the version of a resource before anything is done (RFC 7644 section 3.14, RFC 9110
// section 13.1). A resource that is not there is a 404 whatever the condition (RFC 9110 section 13.2.1), and what the
// body gets wrong is said before.
type condition struct {
	match tags // If-Match: the version is one of these
	none  tags // If-None-Match: it is none of these
}

func (c *call) condition() condition {
	return condition{parseTags(c.request.IfMatch), parseTags(c.request.IfNoneMatch)}
}

// allows tells whether a resource of that version may be changed.
func (c condition) allows(version int64) bool {
	return (!c.match.given || c.match.has(version)) && !c.none.has(version)
}

// check refuses a change of a resource of that version where the client does not want it.
func (c *call) check(version int64) error {
	if c.condition().allows(version) {
		return nil
	}
	return c.errPrecondition()
}

// pin returns the version that a resource must have for a change that does not read it first: 0 for any. Where a single
// version does not say it all, the resource is looked at here, and the version is the one that it has.
func (c *call) pin() (version int64, err error) {
	condition := c.condition()
	switch {
	case condition.none.given:
	case !condition.match.tags():
		return 0, nil
	case len(condition.match.versions) == 1:
		return condition.match.versions[0], nil
	}
	d, err := c.Store.Get(c.ctx, c.t, c.id, Read{Base: c.Base})
	if err != nil {
		return 0, c.storeError(err)
	}
	return d.Version, c.check(d.Version)
}

func (c *call) errPrecondition() error {
	return &scim.Error{
		Status: http.StatusPreconditionFailed, Rule: scim.RuleRequestPrecondition,
		Detail: "The " + c.t.Name + " is at another version than the request asks for (If-Match, If-None-Match or version). Nothing was changed; read it again, and decide by what it is now.",
	}
}

// tags is a list of entity tags (RFC 9110 sections 8.8.3 and 13.1.1). The comparison is the weak one, since the tags of
// SCIM are weak and its own If-Match has them. A tag that is not one of ours, or is none at all, matches nothing.
type tags struct {
	given    bool
	all      bool    // "*"
	versions []int64 // that the tags name
}

// tags tells whether the list names versions, and not all or nothing.
func (t tags) tags() bool { return t.given && !t.all }

func (t tags) has(version int64) bool { return t.all || slices.Contains(t.versions, version) }

func parseTags(field string) tags {
	field = strings.TrimSpace(field)
	t := tags{given: field != "", all: field == "*"}
	for field != "" && !t.all {
		// A quoted tag may hold a comma.
		quoted, found := strings.CutPrefix(strings.TrimPrefix(field, "W/"), `"`)
		if opaque, rest, closed := strings.Cut(quoted, `"`); found && closed {
			rest = strings.TrimLeft(rest, " \t")
			if version := versionOf(opaque); version != 0 && (rest == "" || rest[0] == ',') {
				t.versions = append(t.versions, version)
			}
			field = rest
		}
		_, field, _ = strings.Cut(field, ",")
		field = strings.TrimLeft(field, " \t")
	}
	return t
}

// versionOf returns the version whose tag has that text between its quotes, or 0.
func versionOf(opaque string) int64 {
	version, err := strconv.ParseInt(opaque, 10, 64)
	if err != nil || version < 1 || strconv.FormatInt(version, 10) != opaque {
		return 0
	}
	return version
}
