// Package provider is the SCIM service provider: the operations of RFC 7644 over a Store. It decodes a request,
// validates it by the schemas, calls the store and writes the answer, and it knows which resource of the protocol a
// method and a path name.
//
// It does not authenticate, limit, log or know tenants: who composes it does. A Provider is a value for one tenant,
// cheap to make, and safe for concurrent use when its Store is. It serves a Request that came in whatever way; ReadRequest
// and Response.WriteTo are for net/http. The example is a whole service: a store in memory behind one handler.
package provider

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// Limits of a provider. ServiceProviderConfig publishes MaxCount as filter.maxResults.
const (
	DefaultCount = 100  // resources on a page when the client does not say
	MaxCount     = 1000 // resources on a page at most
)

// Provider serves the resources of one Store.
type Provider struct {
	Store Store
	Types []*schema.ResourceType
	// Base is the absolute URI that clients reach the endpoints at, without a slash at the end:
	// "https://acme.askspoke.com/scim/v2". Every location is built from it.
	Base string
	// TokenURL is where clients get access tokens by the client credentials grant of OAuth 2.0, for ServiceProviderConfig. "":
	// nowhere.
	TokenURL string
	// Lenient makes the tolerances of one request: scim.Auto or scim.Strict.
	Lenient func() *scim.Leniency
	// CursorKey seals the cursors of long lists (RFC 9865), so that only who has it can read or make one. Every replica has
	// the same. The zero key: there are no cursors, and ServiceProviderConfig says so.
	CursorKey [32]byte
	// Permit says whether the client may read resources of a type, or also create, change and delete them: nil, or the
	// refusal. What it may not read is in no list over all types and in no discovery. nil: everything is permitted.
	Permit func(t *schema.ResourceType, write bool) error
	// Now and NewID make times and ids. nil: the clock, and random UUIDs.
	Now   func() time.Time
	NewID func() string
	// Failure makes a failure of the store one that a client may read, for the operations of a bulk, which have answers
	// of their own. nil: scim.AsError.
	Failure func(error) *scim.Error
}

// Request is a SCIM request without its transport.
type Request struct {
	Method string
	// Path is what follows the base, percent-decoded and clean: "/Users/2819c223-7f76-453a-919d-413861904646".
	Path  string
	Query url.Values
	Body  []byte
	// IfMatch and IfNoneMatch are the fields of those names of a conditional request (RFC 7644 section 3.14), several
	// joined by commas; "" where there is none. The version of an operation of a bulk is an IfMatch.
	IfMatch, IfNoneMatch string
}

// Response is a SCIM answer without its transport.
type Response struct {
	Status   int
	Location string
	// ContentLocation is the URI of the one resource that the body is, its meta.location (RFC 7643 section 3.1).
	ContentLocation string
	ETag            string
	Allow           string // of a 405: the methods that the path has
	Body            []byte // nil: none. Its type is application/scim+json
	// Stream is the body where it is too large for memory; Body is nil then. It must be closed: it holds a snapshot of the
	// store until then.
	Stream *Stream
	// Route is the pattern that the request matched: "/Users/{id}", or "" for none. It is a bounded label.
	Route string
	// Changed tells that the directory is not as it was before.
	Changed bool
	// Position is how far the client has read a list with this page, and Total how long that list is. Both are 0 of any
	// other answer, and of lists by a cursor; Position is of lists by a filter, which say how much was found.
	Position, Total int
	// Tolerances are the departures from the RFC that the request needed.
	Tolerances []scim.Tolerance
	// Operations are the operations of a bulk that were processed, for who counts and logs them.
	Operations []Operation
}

// Operation is what became of one operation of a bulk.
type Operation struct {
	Method, Route string // as those of a request by itself; both are bounded, and "" where they are unknown
	Status        int
	Changed       bool
	Error         *scim.Error // nil: it went well
	// Path and Data are of one that failed: its path and its body, nil for none, as the client sent them but for the bulkIds
	// whose resources were made, in whose place their ids are. They are for who explains it, and hold personal data.
	Path string
	Data map[string]any
}

// Serve answers a request. On an error, which is a *scim.Error or a failure of the store, the response holds Route,
// Allow and Operations alone, and Error makes the answer.
func (p *Provider) Serve(ctx context.Context, r Request) (Response, error) {
	op, route, allow := p.route(r.Method, r.Path)
	if op == nil {
		response := Response{Route: route, Allow: allow}
		if route == "" {
			return response, scim.NotFound("There is no endpoint %s here. The endpoints are /Users, /Groups, /Bulk, /.search (also below /Users and /Groups), /Me, /ServiceProviderConfig, /ResourceTypes and /Schemas.", schema.Shorten(r.Path)).Breaks(scim.RuleRequestEndpoint)
		}
		return response, notAllowed(route, r.Method, allow)
	}
	c := call{Provider: p, ctx: ctx, request: r, lenient: p.Lenient(), reader: p.Store}
	response, err := op(&c)
	if err != nil {
		response = Response{Operations: response.Operations}
	}
	response.Route, response.Tolerances = route, c.lenient.Used()
	return response, err
}

// call is one request on its way.
type call struct {
	*Provider
	ctx     context.Context
	request Request
	lenient *scim.Leniency
	reader  Reader // the store, or a snapshot of it
	t       *schema.ResourceType
	id      string
	part    *part // of a bulk; nil: the request stands by itself
}

func (c *call) now() time.Time {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return now().UTC().Truncate(time.Millisecond)
}

func (c *call) newID() string {
	if c.part != nil && c.part.id != "" {
		return c.part.id
	}
	if c.NewID != nil {
		return c.NewID()
	}
	return randomUUID()
}

// randomUUID returns a version 4 UUID (RFC 9562 section 5.4).
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}

// storeError turns what the store refused into what the client reads.
func (c *call) storeError(err error) error {
	var taken *TakenError
	var unknown *UnknownMemberError
	var circle *CircleError
	switch {
	case errors.Is(err, ErrNotFound):
		return scim.NotFound("There is no %s with the id %q.", c.t.Name, schema.Shorten(c.id)).Breaks(scim.RuleRequestResource)
	case errors.Is(err, ErrVersion) && c.condition().match.tags():
		return c.errPrecondition()
	case errors.As(err, &taken):
		return scim.Conflict("Another %s already has this %s. Match the existing one, or send another value.", c.t.Name, taken.Attribute).Breaks(scim.RuleAttributeUnique).About(taken.Attribute)
	case errors.As(err, &unknown):
		return scim.BadRequest(scim.InvalidValue, "members names ids that are neither a User nor a Group that can be a member (%d in all): %s. Create them first, or leave them out.",
			len(unknown.IDs), shownIDs(unknown.IDs)).Breaks(scim.RuleMembersUnknown).About(c.t.Relation)
	case errors.As(err, &circle):
		return scim.BadRequest(scim.InvalidValue, "members names groups that this group is itself a member of, directly or through other groups (%d in all): %s. Groups cannot contain each other in a circle; leave them out, or take this group out of them first.",
			len(circle.IDs), shownIDs(circle.IDs)).Breaks(scim.RuleMembersCircle).About(c.t.Relation)
	}
	return err
}

// shownIDs is the beginning of a list of ids that a client sent.
func shownIDs(ids []string) string {
	shown := slices.Clone(ids[:min(len(ids), 5)])
	for i := range shown {
		shown[i] = schema.Shorten(shown[i])
	}
	return strings.Join(shown, ", ")
}

// errBusy ends the attempts to change a resource that others keep changing.
func (c *call) errBusy() error {
	return &scim.Error{
		Status: http.StatusServiceUnavailable, Rule: scim.RuleServerBusy,
		Detail: "Others are changing this " + c.t.Name + " at the same time. Nothing was changed; send the request again.",
	}
}
