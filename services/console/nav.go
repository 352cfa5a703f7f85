package console

import (
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/operator"
)

// tenantPlaces are the navigation on the hosts of tenants.
func tenantPlaces() []web.Section {
	return []web.Section{
		{Places: []web.Place{
			{Path: "/", Text: "Overview", Access: web.Viewers},
			{Path: "/users", Text: "Users", Access: web.Viewers},
			{Path: "/groups", Text: "Groups", Access: web.Viewers},
			{Path: "/log", Text: "Provisioning log", Access: web.Viewers},
			{Path: "/guard", Text: "Deletion guard", Access: web.Viewers},
		}},
		{Title: "Settings", Places: []web.Place{
			{Path: "/settings/integrations", Text: "Integrations", Access: web.Viewers.Or(operator.ForProvisioning)},
			{Path: "/settings/sign-on", Text: "Single sign-on", Access: web.Viewers.Or(operator.ForSignOn)},
			{Path: "/settings/hosts", Text: "Hosts", Access: web.Viewers.Or(operator.ForHost)},
			{Path: "/settings/extensions", Text: "Schema extensions", Access: web.Viewers},
			{Path: "/settings/notifications", Text: "Notifications", Access: web.Viewers},
			{Path: "/settings/administrators", Text: "Administrators", Access: web.Viewers},
			{Path: "/settings/plan", Text: "Plan and usage", Access: web.Viewers},
			{Path: "/settings/general", Text: "General", Access: web.Viewers},
		}},
	}
}

// operatorPlaces are the navigation on the operator's host.
func operatorPlaces() []web.Section {
	reader := web.Operators(operator.Read)
	return []web.Section{{Places: []web.Place{
		{Path: "/", Text: "Tenants", Access: reader},
		{Path: "/audit", Text: "Audit log", Access: reader},
	}}}
}
