package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/oauth"
)

// observe counts an accepted change, when it is made: in a bulk each by itself, and by what it came to (a PATCH that disables
// a user is no update). Its time has that of the statement, which the entry's has not; that of a bulk's changes is the
// bulk's.
func (g *Gateway) observe(x *exchange) func(journal.Entry) {
	return func(e journal.Entry) {
		x.observed = true
		g.measure(x, e)
		if x.replay != nil {
			return // it says nothing of how the identity provider does
		}
		var elapsed time.Duration
		if !provider.IsBulk(x.request.Path) {
			elapsed = time.Since(x.start)
		}
		g.activity(x, activity.Kind{Resource: e.ResourceType, Action: health.Action(e.Action), Outcome: health.Accepted}, elapsed)
	}
}

func (g *Gateway) activity(x *exchange, kind activity.Kind, elapsed time.Duration) {
	g.config.Activity.Count(activity.Request{Tenant: x.tenant.ID, Kind: kind, Duration: elapsed})
}

// countActivity counts a request and the operations of a bulk, but for the changes that observe has counted. Strangers who
// read what is public are not the tenant's provider, and are not counted; nor is who hung up: nobody knows what he would
// have been answered.
func (g *Gateway) countActivity(r *http.Request, x *exchange, response provider.Response, refusal *scim.Error, elapsed time.Duration) {
	if g.config.Activity == nil || x.tenant.ID == "" || x.stranger || response.Status == statusClientGone {
		return
	}
	if x.client.TokenID == "" && r.Header.Get("Authorization") == "" {
		return // a browser, a monitor or a scanner: a provider whose token is wrong shows one
	}
	if x.client.TokenID == "" {
		g.activity(x, activity.Kind{Action: health.Authenticate, Outcome: x.outcome(response.Status, false, refusal)}, elapsed)
		return
	}
	kind := x.kind(r.Method, routeOf(r, response), response.Status, response.Changed, refusal)
	switch {
	case kind.Action == health.Read:
		g.config.Activity.Count(activity.Request{
			Tenant: x.tenant.ID, Kind: kind, Duration: elapsed, Position: response.Position, Total: response.Total,
		})
	case !response.Changed || kind.Resource == "" || !x.observed: // a change that was found made, after its answer was lost, is not observed
		g.activity(x, kind, elapsed)
	}
	for _, o := range response.Operations {
		if o.Changed {
			continue
		}
		g.activity(x, x.kind(o.Method, o.Route, o.Status, false, o.Error), 0)
	}
}

// routeOf returns the route of a request or, where it was refused before anybody looked for one, its path.
func routeOf(r *http.Request, response provider.Response) string {
	if response.Route == "" {
		if path, err := provider.ParsePath(r, BasePath); err == nil {
			return strings.ToLower(path)
		}
	}
	return response.Route
}

// kind is what a request, or an operation of a bulk, is counted as.
func (x *exchange) kind(method, route string, status int, changed bool, refusal *scim.Error) activity.Kind {
	kind := activity.Kind{Outcome: x.outcome(status, changed, refusal)}
	kind.Resource, kind.Action = asked(method, route, refusal)
	if kind.Outcome == health.Unchanged && (kind.Action == health.Read || kind.Action == health.Other) {
		kind.Outcome = health.Accepted // nothing was to be changed
	}
	return kind
}

// outcome is what became of a request, or of an operation of a bulk.
func (x *exchange) outcome(status int, changed bool, refusal *scim.Error) health.Outcome {
	switch {
	case x.barred:
		return health.Forbidden
	case status == http.StatusUnauthorized:
		return health.Unauthorized
	case status == http.StatusTooManyRequests:
		return health.Limited
	case isHeld(refusal):
		return health.Held
	case status >= http.StatusInternalServerError:
		return health.Failed
	case status >= http.StatusBadRequest:
		return health.Refused
	case changed:
		return health.Accepted
	}
	return health.Unchanged
}

// asked returns what a request wanted, by its method and its route or path. What is refused for the members of a group or
// the manager of a user is a reference: Entra sends those after the resources, and does not count their failures.
func asked(method, route string, refusal *scim.Error) (resource string, action health.Action) {
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case strings.EqualFold(firstSegment(route), "/Users"):
		resource = "User"
	case strings.EqualFold(firstSegment(route), "/Groups"):
		resource = "Group"
	case route == "/" && reads, method == http.MethodPost && provider.IsSearch(route):
		return "", health.Read
	default:
		return "", health.Other
	}
	switch {
	case reads, method == http.MethodPost && provider.IsSearch(route):
		return resource, health.Read
	case method == http.MethodDelete:
		action = health.Delete
	case method == http.MethodPost:
		action = health.Create
	case method == http.MethodPut, method == http.MethodPatch:
		action = health.Update
	default:
		return resource, health.Other
	}
	if refusal != nil && refusal.Status < http.StatusInternalServerError && isReference(refusal.Attribute) {
		action = health.Reference
	}
	return resource, action
}

func firstSegment(path string) string {
	if i := strings.IndexByte(strings.TrimPrefix(path, "/"), '/'); i >= 0 {
		return path[:i+1]
	}
	return path
}

// isReference says whether an attribute, as scim.Error has it, refers to other resources.
func isReference(attribute string) bool {
	name := attribute[strings.LastIndexByte(attribute, ':')+1:]
	name, _, _ = strings.Cut(name, ".")
	return strings.EqualFold(name, "members") || strings.EqualFold(name, "manager")
}

// countIssue counts that a client secret or an assertion was not valid: a provider that cannot get an access token is not
// heard of otherwise.
func (g *Gateway) countIssue(x *oauthExchange, code string, elapsed time.Duration) {
	if x.tenant.ID == "" || code != string(oauth.InvalidClient) {
		return
	}
	g.config.Activity.Count(activity.Request{
		Tenant: x.tenant.ID, Kind: activity.Kind{Action: health.Authenticate, Outcome: health.Unauthorized}, Duration: elapsed,
	})
}
