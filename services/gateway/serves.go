package gateway

import "strings"

// Serves says whether a path of a tenant's host is the gateway's: SCIM, the tenant's metrics, and OAuth. The others are the
// admin console's.
func Serves(path string) bool {
	for _, prefix := range []string{BasePath, MetricsPath, "/oauth", MetadataPath} {
		below, ok := strings.CutPrefix(path, strings.TrimSuffix(prefix, "/"))
		if ok && (below == "" || below[0] == '/') {
			return true
		}
	}
	return false
}
