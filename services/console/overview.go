package console

import (
	"context"

	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy"
)

func (s *Server) overviewRoutes() []route {
	return []route{get("/", viewer, s.overview)}
}

// overview is how provisioning does.
func (s *Server) overview(x *exchange) error {
	data, err := s.readOverview(x.tenant.ID)(x.context())
	if err != nil {
		return err
	}
	return x.show("overview", data)
}

// overviewParts are what changes of the page while it is shown.
var overviewParts = []string{
	"overview-start", "overview-state", "overview-figures", "overview-tokens", "overview-refusals", "overview-cycles", "overview-day", "overview-month",
}

// watchOverview reads the page for those who watch it.
func (s *Server) watchOverview(tenant tenancy.ID) live.Read {
	read := s.readOverview(tenant)
	return func(ctx context.Context) ([]live.Fragment, error) {
		data, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return s.fragments("overview", data, overviewParts...)
	}
}
