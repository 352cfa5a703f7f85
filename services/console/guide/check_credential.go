package guide

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

func (c *Check) fail(detail, do string) { c.State, c.Detail, c.Do = Failed, detail, do }

// credential says whether the provider has shown what it was given. A credential or a tenant that lets nobody in comes
// first: whatever was seen before, nothing arrives now.
func (f Facts) credential(c *Check) {
	k := f.Credential
	wrong := f.sum(func(r Requests) bool { return r.Action == health.Authenticate && r.Outcome == health.Unauthorized })
	switch {
	case f.State == tenancy.StateSuspended:
		c.fail("The tenant is suspended: every request is refused.", "Ask whoever runs Spoke for you to resume it.")
	case f.State == tenancy.StatePaused:
		c.fail("The tenant is paused for a short while, as for a move. Providers come again by themselves.", "Wait some minutes.")
	case f.State != "" && f.State != tenancy.StateActive:
		c.fail("The tenant is not served.", "Ask whoever runs Spoke for you.")
	case !k.RevokedAt.IsZero():
		c.At = k.RevokedAt
		c.fail("It was revoked: whoever shows it is refused.", "Make a new token, and paste it at the provider.")
	case !k.ExpiresAt.IsZero() && !f.Now.Before(k.ExpiresAt):
		c.At = k.ExpiresAt
		c.fail("It has expired: whoever shows it is refused.", "Make a new token, and paste it at the provider.")
	case !k.UsedAt.IsZero():
		c.State, c.At, c.Do = Passed, k.UsedAt, ""
		c.Detail = "It was used first from " + k.UsedFrom.String() + "."
		if !k.UsedFrom.IsValid() {
			c.Detail = "It was used."
		}
		if wrong.LastAt.After(k.UsedAt) {
			c.Detail += " Since then, " + counted(wrong.Count, "request has", "requests have") + " come with credentials that are not valid here."
		}
	case wrong.Count > 0:
		c.At = wrong.LastAt
		c.fail(counted(wrong.Count, "request has", "requests have")+" come with credentials that are not valid here.",
			"Copy the token again, all of it and nothing around it. If you do not have it any more, rotate it or make a new one.")
		if r, ok := f.refusal(func(r Refusal) bool { return r.Status == 401 || r.Action == string(health.Authenticate) }); ok {
			c.Entry = r.ID
		}
	}
}

// counted returns a number with what is counted.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return message.NewPrinter(language.English).Sprint(n) + " " + many
}
