package onboarding

import (
	"context"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/onboarding/api"
)

// ListPlans answers with all plans that a tenant can have.
func (s *Server) ListPlans(context.Context, api.ListPlansRequestObject) (api.ListPlansResponseObject, error) {
	answer := api.ListPlans200JSONResponse{Items: []api.Plan{}}
	for _, id := range s.Plans.IDs() {
		p := s.Plans[id]
		e := p.Entitlements
		answer.Items = append(answer.Items, api.Plan{
			ID: string(p.ID), Name: p.Name, Base: money(p.Base), PerSeat: money(p.PerSeat), Entitlements: api.Entitlements{
				Seats: limited(e.Seats), ReadsPerSecond: limited(e.ReadsPerSecond), WritesPerSecond: limited(e.WritesPerSecond),
				BulksPerSecond: limited(e.BulksPerSecond), Tokens: limited(e.Tokens), JournalDays: limited(e.JournalDays),
			},
		})
	}
	return answer, nil
}

// limited returns a limit, nil where there is none.
func limited(n int) *int {
	if n == billing.Unlimited {
		return nil
	}
	return &n
}

// money returns an amount, nil for nothing.
func money(m billing.Money) *api.Money {
	if m == (billing.Money{}) {
		return nil
	}
	return &api.Money{Minor: m.Minor, Currency: string(m.Currency)}
}
