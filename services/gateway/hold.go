package gateway

import (
	"context"
	"errors"
	"log/slog"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/tenancy/guard"
)

// logHolds writes an event for each hold that a request has opened, beside that of the request: once for a burst, however
// many requests it has.
func (g *Gateway) logHolds(ctx context.Context, x *exchange, r provider.Response, refusal *scim.Error) {
	if refusal != nil {
		g.logHold(ctx, x, refusal)
	}
	for _, o := range r.Operations {
		if o.Error != nil {
			g.logHold(ctx, x, o.Error)
		}
	}
}

// isHeld tells whether a request, or an operation of a bulk, waits for somebody to decide about a burst of deletions.
func isHeld(refusal *scim.Error) bool {
	var held *guard.HeldError
	return refusal != nil && errors.As(refusal, &held)
}

func (g *Gateway) logHold(ctx context.Context, x *exchange, refusal *scim.Error) {
	var held *guard.HeldError
	if !errors.As(refusal, &held) || !held.Opened {
		return
	}
	found := held.Hold.Found
	g.log.LogAttrs(ctx, slog.LevelWarn, "guard held",
		slog.String("request_id", x.id), slog.String("tenant", string(x.tenant.Slug)), slog.String("token_id", found.Actor),
		slog.String("hold_id", held.Hold.ID), slog.String("rule", string(found.Rule)), slog.Int("leavers", found.Leavers),
		slog.String("resource", found.ResourceType), slog.Int("resources", found.Resources), slog.Int("directory", found.Directory),
		slog.Duration("window", found.Guard.Window))
}
