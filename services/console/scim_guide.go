package console

import (
	"net/http"

	"github.com/askspoke/spoke/services/console/guide"
)

var errNoGuide = refuse(http.StatusNotFound, "There is no such guide", "The guide for any other provider may do.").at(guidesPath+"other", "To that guide")

// scimGuide shows how a provider is connected, with the tenant's own values.
func (s *Server) scimGuide(x *exchange) error {
	g, ok := guide.Get(x.Param("guide"))
	if !ok {
		return errNoGuide
	}
	g, err := g.For(s.filledIn(x.tenant))
	if err != nil {
		return err
	}
	return x.show("scim_guide", struct {
		guide.Guide
		PanelPath string
	}{g, panelPath + "?provider=" + g.Slug})
}
