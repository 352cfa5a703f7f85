package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Journal takes the entries of refused requests of a tenant, and returns false for one that it does not keep. It must not
// wait: journal.Buffer writes them later.
type Journal interface {
	Add(tenant tenancy.ID, e journal.Entry) bool
}

// The actions of refused requests that no accepted change has.
const (
	actionRead         journal.Action = "read"
	actionAuthenticate journal.Action = "authenticate"
	actionOther        journal.Action = "other" // a bulk as a whole, or a method that nothing takes
)

// wanted is a request, or an operation of a bulk, that was refused.
type wanted struct {
	method, route, path, query string
	body                       []byte
	refusal                    *scim.Error
}

// journalRefusals journals why a request, or operations of a bulk, were refused, so that the tenant's administrator can look
// it up by the request's id. It is called when the answer is written: nobody waits for it, and what was accepted passes at
// once. What is refused because of the token, the state of the tenant or a rate is journaled once a minute at most.
func (g *Gateway) journalRefusals(r *http.Request, x *exchange, response provider.Response, refusal *scim.Error, elapsed time.Duration) {
	if g.config.Journal == nil || x.tenant.ID == "" || x.stranger {
		return
	}
	if refusal != nil {
		a := wanted{
			method: r.Method, route: response.Route, path: strings.TrimPrefix(r.URL.EscapedPath(), BasePath), query: r.URL.RawQuery,
			body: x.request.Body, refusal: refusal,
		}
		if a.matters() {
			g.journalRefusal(x, a, elapsed)
		}
	}
	for _, o := range response.Operations {
		if o.Error == nil {
			continue
		}
		a := wanted{method: o.Method, route: o.Route, path: o.Path, refusal: o.Error}
		if !a.matters() {
			continue
		}
		if o.Data != nil {
			a.body, _ = json.Marshal(o.Data) // what was decoded from JSON can be encoded
		}
		g.journalRefusal(x, a, elapsed)
	}
}

// matters tells whether there is something to explain: not a failure of ours, and not that somebody looked for a resource
// that is not there, which is an answer.
func (a wanted) matters() bool {
	status := a.refusal.Status
	switch {
	case status == statusClientGone:
		return false
	case status == http.StatusNotFound && (a.method == http.MethodHead || a.method == http.MethodGet && strings.HasSuffix(a.route, "/{id}")):
		return false
	case status >= http.StatusInternalServerError:
		return explain.Explain(a.method, a.route, a.refusal).Rule == string(scim.RuleGuardHeld)
	}
	return status >= http.StatusBadRequest
}

// journalRefusal journals one of them.
func (g *Gateway) journalRefusal(x *exchange, a wanted, elapsed time.Duration) {
	endpoint := a.route
	if endpoint == "" { // it was refused before anybody looked for one
		endpoint = a.path
	}
	why := explain.Explain(a.method, endpoint, a.refusal)
	entry := journal.Entry{
		At: x.start, Outcome: journal.Refused, Status: a.refusal.Status, Action: a.action(endpoint), ResourceType: resourceTypeOf(endpoint),
		ResourceID: idIn(a.path), Actor: x.client.TokenID, RequestID: x.id, ProviderRequestID: x.providerID,
		Duration: elapsed.Truncate(time.Microsecond),
	}
	once := !seldom(a.refusal)
	if !once {
		a.body = nil // what is kept for a minute is to be small
	}
	tenant, redactor := x.tenant.ID, x.redactor
	add := func(more string) {
		told := g.refusal(redactor, a, why)
		told.Detail += more
		detail, err := told.Encode()
		if err != nil {
			g.log.Error("a refused request cannot be journaled", "request_id", entry.RequestID, "error", err)
			return
		}
		entry.Detail = detail
		g.config.Journal.Add(tenant, entry)
	}
	if once {
		add("")
	} else {
		g.repeated.note(repeatedKind{tenant, why.Rule}, add)
	}
}

// refusal is what the journal says of it, without secrets.
func (g *Gateway) refusal(redactor func() explain.Redactor, a wanted, why explain.Explanation) journal.Refusal {
	if redactor == nil {
		redactor = g.redactor
	}
	redact := redactor()
	body := redact.Body(a.body)
	told := journal.Refusal{
		Rule: why.Rule, Attribute: shorten(redact.Text(why.Attribute)), SCIMType: string(a.refusal.Type), Detail: shorten(redact.Text(a.refusal.Detail)),
		Hint: why.Hint, Method: shorten(a.method), Path: shorten(redact.Text(a.path)), Query: redact.Query(shorten(a.query)),
		Body: body.JSON, BodyText: body.Text, Truncated: body.Truncated, Redacted: body.Paths,
	}
	if a.refusal.Rule == scim.RuleBodyDuplicate { // jsonb would keep one of the two
		told.Body, told.BodyText = nil, string(body.JSON)+body.Text
	}
	return told
}

// shorten cuts what a client sent besides the body.
func shorten(text string) string {
	const most = 4096
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// seldom tells whether a refusal can come as often as somebody likes, because no rate limit was wanted or it is one.
func seldom(e *scim.Error) bool {
	switch e.Rule {
	case scim.RuleAuthAddress, scim.RuleTenantSuspended, scim.RuleTenantDeleting:
		return true
	}
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests
}

// action is what was to be done.
func (a wanted) action(endpoint string) journal.Action {
	switch {
	case a.refusal.Status == http.StatusUnauthorized || a.refusal.Rule == scim.RuleLimitFailures || a.refusal.Rule == scim.RuleAuthAddress:
		return actionAuthenticate
	case a.method == http.MethodGet, a.method == http.MethodHead, a.method == http.MethodPost && provider.IsSearch(endpoint):
		return actionRead
	case provider.IsBulk(endpoint):
		return actionOther
	}
	switch a.method {
	case http.MethodPost:
		return journal.ActionCreate
	case http.MethodPut, http.MethodPatch:
		return journal.ActionUpdate
	case http.MethodDelete:
		return journal.ActionDelete
	}
	return actionOther
}

func resourceTypeOf(endpoint string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(endpoint, "/"), "/")
	switch {
	case strings.EqualFold(first, "Users"):
		return "User"
	case strings.EqualFold(first, "Groups"):
		return "Group"
	}
	return ""
}

// idIn returns the resource's id that a path ends with, "" for none.
func idIn(path string) string {
	path = strings.TrimRight(path, "/")
	id, err := uuid.Parse(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		return ""
	}
	return id.String()
}
