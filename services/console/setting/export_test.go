package setting

// What the tests from outside look at.
var (
	ExtensionPath = extensionPath
	ExtensionTag  = extensionTag
)
