// Package plans has an example of the plans that tenants can have, for spoke dev and for who writes their own. Spoke has no
// plans unless SPOKE_PLANS names a file of them.
package plans

import _ "embed" // the example is a file that people copy

// Example is plans.json, which package billing reads.
//
//go:embed plans.json
var Example []byte
