package console

import (
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func tenantPlaces() []section {
	provisioning := editor.or(operator.ForProvisioning)
	provisioning.role = admin.Viewer
	return []section{
		{"", []place{
			{Path: "/", Text: "Overview", access: viewer},
			{Path: "/users", Text: "Users", access: viewer},
			{Path: "/groups", Text: "Groups", access: viewer},
			{Path: "/log", Text: "Provisioning log", access: viewer},
			{Path: "/guard", Text: "Deletion guard", access: viewer},
		}},
		{"Settings", []place{
			{Path: "/settings/integrations", Text: "Integrations", access: provisioning},
			{Path: "/settings/sign-on", Text: "Single sign-on", access: viewer.or(operator.ForSignOn)},
			{Path: "/settings/hosts", Text: "Hosts", access: viewer.or(operator.ForHost)},
			{Path: "/settings/extensions", Text: "Schema extensions", access: viewer},
			{Path: "/settings/notifications", Text: "Notifications", access: viewer},
			{Path: "/settings/administrators", Text: "Administrators", access: viewer},
			{Path: "/settings/plan", Text: "Plan and usage", access: viewer},
			{Path: "/settings/general", Text: "General", access: viewer},
		}},
	}
}

func operatorPlaces() []section {
	reader := access{operator: operator.Read}
	return []section{{"", []place{
		{Path: "/", Text: "Tenants", access: reader},
		{Path: "/audit", Text: "Audit log", access: reader},
	}}}
}
