package integration

// What the tests from outside look at.
const (
	ClientsPath      = clientsPath
	GuidesPath       = guidesPath
	IntegrationsPath = integrationsPath
	PanelPath        = panelPath
	RotationLivePath = rotationLivePath
	ScimPath         = scimPath
	TokensPath       = tokensPath
)
