package gateway

import (
	"sync"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
)

// maxResourceTypes bounds how many different sets of resource types are kept. Tenants with the same extensions share one.
const maxResourceTypes = 4096

// resourceTypes keeps what tenants' extensions compile to. The digest stands for the documents, so nothing in it is ever
// out of date: a tenant that gets other extensions has another digest.
type resourceTypes struct {
	mu   sync.RWMutex
	kept map[string][]*schema.ResourceType
}

// of returns the resource types of a tenant that the registry has found.
func (r *resourceTypes) of(t tenancy.Tenant) ([]*schema.ResourceType, error) {
	digest := ""
	if t.Extensions != nil {
		digest = t.Extensions.Digest
	}
	r.mu.RLock()
	types, ok := r.kept[digest]
	r.mu.RUnlock()
	if ok {
		return types, nil
	}
	types, err := directory.ResourceTypes(t.Extensions)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= maxResourceTypes { // rarely: to begin again is simpler than to know which is old
		r.kept = make(map[string][]*schema.ResourceType)
	}
	r.kept[digest] = types
	return types, nil
}
