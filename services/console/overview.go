package console

import "github.com/askspoke/spoke/observability/health"

func (s *Server) overviewRoutes() []route {
	return []route{get("/", viewer, s.overview)}
}

// overview is how provisioning does.
func (s *Server) overview(x *exchange) error {
	record, err := s.Status.Get(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	return x.show("overview", struct {
		State   health.State
		Verdict health.Verdict
	}{record.Verdict.State, record.Verdict})
}
