package integration

import (
	"context"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
)

// panelShown is the test panel: what its part "scim-panel" shows.
type panelShown struct {
	Guide      guide.Guide
	Credential guide.Credential
	Checks     []guide.Check
	Others     []string // the names of other credentials by which requests have come
	Passed     int
	Next       string // what is waited for
	Done       bool
	Log        bool // the viewer may look into the provisioning log
}

// scimPanel shows check by check what has arrived from a provider, live.
func (s *Pages) scimPanel(x *web.Exchange) error {
	slug := x.Query("provider")
	if slug == "" {
		var err error
		if slug, err = s.lastProvider(x); err != nil {
			return err
		}
	}
	g, ok := guide.Get(slug)
	if !ok {
		return errNoGuide
	}
	p, err := s.panelOf(x.Context(), x.Tenant, g)
	if err != nil {
		return err
	}
	p.Log = x.Viewer.May("viewer")
	return x.Show("scim_panel", struct {
		panelShown
		Guides []guide.Guide
		Live   string
	}{p, guide.List(), panelLivePath + g.Slug})
}

// panelOf returns the panel of a provider, without checks where the tenant has no credential.
func (s *Pages) panelOf(ctx context.Context, t tenancy.Tenant, g guide.Guide) (panelShown, error) {
	p := panelShown{Guide: g}
	f, found, err := s.facts(ctx, t, g)
	if err != nil || !found {
		return p, err
	}
	p.Credential, p.Others, p.Checks = f.Credential, f.Others, guide.Checks(g, f)
	p.Done = guide.Done(p.Checks)
	for _, c := range p.Checks {
		switch {
		case c.State == guide.Passed:
			p.Passed++
		case p.Next == "":
			p.Next = c.Title
		}
	}
	return p, nil
}

// lastProvider returns the provider that the latest credential is named after.
func (s *Pages) lastProvider(x *web.Exchange) (string, error) {
	k, err := s.credentials(x.Context(), x.Tenant.ID)
	if err != nil {
		return "", err
	}
	c, _ := k.of(guide.Guide{})
	return guideOf(c.Name).Slug, nil
}
