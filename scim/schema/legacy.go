package schema

import (
	"slices"

	"github.com/askspoke/spoke/scim"
)

// legacyEnterprise are the URNs that the enterprise extension had before RFC 7643 gave it its own, and that templates of
// identity providers still hold (OneLogin; the names are among the obsolete prefixes of Microsoft's reference code).
var legacyEnterprise = []string{
	"urn:scim:schemas:extension:enterprise:1.0",
	"urn:scim:schemas:extension:enterprise:2.0",
	"urn:scim:schemas:extension:enterprise:2.0:User",
}

// legacyExtension returns the extension that a body means by a URN of old, or nil where the type has none such or the
// request may not use one.
func (t *ResourceType) legacyExtension(urn string, lenient *scim.Leniency) *Schema {
	if !slices.ContainsFunc(legacyEnterprise, func(old string) bool { return sameName(old, urn) }) {
		return nil
	}
	extension := t.ExtensionByURN(EnterpriseUserURN)
	if extension == nil || !lenient.Allow(scim.MissingSchemas) {
		return nil
	}
	return extension
}
