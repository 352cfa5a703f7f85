package web

import (
	"strings"

	"github.com/askspoke/spoke/tenancy/operator"
)

// Section is a group of places in the navigation.
type Section struct {
	Title  string
	Places []Place
}

// Place is a page that the navigation leads to.
type Place struct {
	Path, Text string
	Here       bool
	Access     Access
}

// staticPath is where files are served below.
const staticPath = "/static/"

// navigation is where a viewer can go.
func (x *Exchange) navigation(v Viewer) []Section {
	all := x.console.config.Nav
	if x.Tenant.ID == "" {
		all = x.console.config.OperatorNav
	}
	var shown []Section
	for _, s := range all {
		var places []Place
		for _, p := range s.Places {
			if v.SignedIn() && v.MayUse(p.Access) {
				p.Here = p.Path == x.Request.URL.Path || p.Path != "/" && strings.HasPrefix(x.Request.URL.Path, p.Path+"/")
				places = append(places, p)
			}
		}
		if len(places) > 0 {
			shown = append(shown, Section{s.Title, places})
		}
	}
	return shown
}

// HomeOf is where a viewer begins: at the first place that the navigation has for them.
func (x *Exchange) HomeOf(v Viewer) string {
	for _, s := range x.navigation(v) {
		return s.Places[0].Path
	}
	return "/"
}

// PurposeText says what a set-up link is for.
func PurposeText(p operator.Purpose) string {
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

// RoleText is the viewer's role for people.
func (v Viewer) RoleText() string {
	switch v.Kind {
	case ByLink:
		return "guest"
	case ByOperator:
		return string(v.Operator.Role)
	}
	return string(v.Role)
}

// needs says which role an access asks for.
func (a Access) needs() string {
	if a.operator != "" {
		return string(a.operator)
	}
	return string(a.role)
}
