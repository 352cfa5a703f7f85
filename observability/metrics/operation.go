package metrics

import (
	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// The values of the labels of an operation.
var (
	resources = []string{"User", "Group"}
	// changes are the actions that change the directory: those of accepted changes, and those of the others. Identity
	// providers count references by themselves.
	changes = []health.Action{
		health.Create, health.Update, health.Disable, health.Restore, health.Delete, health.MemberAdd, health.MemberRemove,
		health.Reference,
	}
)

// An Operation is what became of one change of the directory. A bulk is as many operations as it holds.
type Operation struct {
	Resource string // User or Group
	Action   health.Action
	Outcome  health.Outcome
}

// Operation counts an operation of a tenant.
func (r *Registry) Operation(tenant tenancy.Slug, o Operation) {
	if r.quiet {
		return
	}
	resource, action, outcome := listed(resources, o.Resource), string(listed(changes, o.Action)), string(o.Outcome)
	r.scim.operations.WithLabelValues(resource, action, outcome).Inc()
	r.tenants.count(tenant, r.tenants.operations, 0, resource, action, outcome)
}
