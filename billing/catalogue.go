package billing

import (
	"maps"
	"slices"
)

// A Catalogue is the plans that are offered, by their IDs.
type Catalogue map[PlanID]Plan

// Entitlements returns what a plan grants, and DefaultEntitlements where there is no such plan: a tenant keeps working
// when its plan is taken out of the catalogue, or was never chosen.
func (c Catalogue) Entitlements(id PlanID) Entitlements {
	if plan, ok := c[id]; ok {
		return plan.Entitlements
	}
	return DefaultEntitlements()
}

// IDs returns the names of the plans, in the order of the alphabet.
func (c Catalogue) IDs() []PlanID { return slices.Sorted(maps.Keys(c)) }
