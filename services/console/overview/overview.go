package overview

import (
	"context"

	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
)

func (s *Pages) routes() []web.Route {
	return []web.Route{
		web.Get("/", web.Viewers, s.overview),
		web.Get("/live/overview", web.Viewers, s.Watch("overview")),
	}
}

// overview is how provisioning does.
func (s *Pages) overview(x *web.Exchange) error {
	data, err := s.readOverview(x.Tenant.ID)(x.Context())
	if err != nil {
		return err
	}
	return x.Show("overview", data)
}

// overviewParts are what changes of the page while it is shown.
var overviewParts = []string{
	"overview-start", "overview-state", "overview-figures", "overview-tokens", "overview-refusals", "overview-cycles", "overview-day", "overview-month",
}

// watchOverview reads the page for those who watch it.
func (s *Pages) watchOverview(tenant tenancy.ID) live.Read {
	read := s.readOverview(tenant)
	return func(ctx context.Context) ([]live.Fragment, error) {
		data, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return s.Fragments("overview", data, overviewParts...)
	}
}
