package integration

import (
	"net/http"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
)

var errNoGuide = web.Refuse(http.StatusNotFound, "There is no such guide", "The guide for any other provider may do.").At(guidesPath+"other", "To that guide")

// scimGuide shows how a provider is connected, with the tenant's own values.
func (s *Pages) scimGuide(x *web.Exchange) error {
	g, ok := guide.Get(x.Param("guide"))
	if !ok {
		return errNoGuide
	}
	g, err := g.For(s.filledIn(x.Tenant))
	if err != nil {
		return err
	}
	return x.Show("scim_guide", struct {
		guide.Guide
		PanelPath string
	}{g, panelPath + "?provider=" + g.Slug})
}
