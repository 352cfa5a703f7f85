package console

import (
	"strings"

	"github.com/askspoke/spoke/tenancy/operator"
)

// section is a group of places in the navigation.
type section struct {
	Title  string
	Places []place
}

// place is a page that the navigation leads to.
type place struct {
	Path, Text string
	Here       bool
	access     access
}

// staticPath is where files are served below.
const staticPath = "/static/"

// navigation is where the viewer can go.
func (x *exchange) navigation() []section {
	all := tenantPlaces()
	if x.tenant.ID == "" {
		all = operatorPlaces()
	}
	var shown []section
	for _, s := range all {
		var places []place
		for _, p := range s.Places {
			if x.viewer.SignedIn() && x.viewer.may(p.access) {
				p.Here = p.Path == x.Request.URL.Path || p.Path != "/" && strings.HasPrefix(x.Request.URL.Path, p.Path+"/")
				places = append(places, p)
			}
		}
		if len(places) > 0 {
			shown = append(shown, section{s.Title, places})
		}
	}
	return shown
}

// homeOf is where a viewer begins.
func homeOf(v Viewer) string {
	switch v.Purpose {
	case operator.ForProvisioning:
		return "/settings/integrations"
	case operator.ForSignOn:
		return "/settings/sign-on"
	case operator.ForHost:
		return "/settings/hosts"
	}
	return "/"
}

// purposeText says what a set-up link is for.
func purposeText(p operator.Purpose) string {
	switch p {
	case operator.ForProvisioning:
		return "the connection of the identity provider"
	case operator.ForSignOn:
		return "single sign-on"
	case operator.ForHost:
		return "the tenant's own hosts"
	}
	return "the first administrator's account"
}

// roleText is the viewer's role for people.
func (v Viewer) roleText() string {
	switch v.Kind {
	case byLink:
		return "guest"
	case byOperator:
		return string(v.Operator.Role)
	}
	return string(v.Role)
}

// needs says which role an access asks for.
func (a access) needs() string {
	if a.operator != "" {
		return string(a.operator)
	}
	return string(a.role)
}
