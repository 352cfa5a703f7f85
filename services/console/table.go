package console

import (
	"slices"

	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy/operator"
)

// tenantRoutes are those on the hosts of tenants.
func (s *Server) tenantRoutes() []route {
	return slices.Concat(
		s.assetRoutes(),
		s.overviewRoutes(),
		s.visitRoutes(),
		s.samlRoutes(),
		s.samlSettingsRoutes(),
		s.integrationRoutes(),
		s.liveRoutes(),
		s.signInRoutes(),
		s.administratorRoutes(),
		s.signOnRoutes(),
		s.directoryRoutes(),
		s.extensionRoutes(),
		s.hostRoutes(),
		s.notificationRoutes(),
		s.planRoutes(),
		s.generalRoutes(),
		s.logRoutes(),
		s.guardRoutes(),
	)
}

// operatorRoutes are those on the operator's host.
func (s *Server) operatorRoutes() []route {
	return slices.Concat(
		s.assetRoutes(),
		s.operatorSignInRoutes(),
		s.operatorTenantRoutes(),
	)
}

// topics are what pages watch.
func (s *Server) topics() []live.Topic {
	return append(s.panelTopics(), live.Topic{Name: "overview", Open: s.watchOverview})
}

func (s *Server) liveRoutes() []route {
	return []route{
		get("/live/overview", viewer, s.watch("overview")),
		get(panelLivePath+":provider", viewer.or(operator.ForProvisioning), s.watchPanel),
	}
}
