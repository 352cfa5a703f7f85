package integration

// What the tests from outside look at.
const (
	ClientsPath      = clientsPath
	GuidesPath       = guidesPath
	IntegrationsPath = integrationsPath
	PanelPath        = panelPath
	ScimPath         = scimPath
	TokensPath       = tokensPath
)
