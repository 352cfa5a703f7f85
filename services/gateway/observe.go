package gateway

import (
	"net/http"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/journal"
)

// measure counts an accepted change in the metrics, by the journal's words, when it is made.
func (g *Gateway) measure(x *exchange, e journal.Entry) {
	g.operation(x, activity.Kind{Resource: e.ResourceType, Action: health.Action(e.Action), Outcome: health.Accepted})
}

// count keeps the metrics of a request: its own, and those of the changes that it asked for, but for those that measure has
// counted.
func (g *Gateway) count(r *http.Request, x *exchange, response provider.Response, refusal *scim.Error, elapsed time.Duration) {
	request := metrics.Request{
		Tenant: x.tenant.Slug, Route: response.Route, Method: r.Method, Status: response.Status, Duration: elapsed,
		RequestID: x.id, TraceID: tracing.ID(r.Context()),
	}
	if refusal != nil {
		request.SCIMType = string(refusal.Type)
	}
	g.metrics.SCIMRequest(request)
	if !response.Changed || !x.observed {
		g.operation(x, x.kind(r.Method, routeOf(r, response), response.Status, response.Changed, refusal))
	}
	for _, o := range response.Operations {
		if o.Changed {
			continue
		}
		if response.Status == statusClientGone && o.Status >= http.StatusInternalServerError {
			o.Status = statusClientGone // no failure of ours
		}
		g.operation(x, x.kind(o.Method, o.Route, o.Status, false, o.Error))
	}
}

// operation counts what is a change of the directory.
func (g *Gateway) operation(x *exchange, kind activity.Kind) {
	if x.tenant.ID == "" || kind.Resource == "" || kind.Action == health.Read || kind.Action == health.Other {
		return
	}
	g.metrics.Operation(x.tenant.Slug, metrics.Operation{Resource: kind.Resource, Action: kind.Action, Outcome: kind.Outcome})
}

// annotate says in the request's span, where it has one, what became of it.
func annotate(r *http.Request, x *exchange, response provider.Response, refusal *scim.Error) {
	request := tracing.Request{
		Method: r.Method, Route: response.Route, Status: response.Status, Tenant: x.tenant.Slug, ID: x.id, ProviderID: x.providerID,
	}
	if refusal != nil {
		request.ErrorType = string(refusal.Type)
	}
	tracing.Annotate(r.Context(), request)
}
