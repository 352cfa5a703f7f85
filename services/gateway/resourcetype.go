package gateway

import (
	"sync"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
)

// maxResourceTypes bounds how many different sets of resource types are kept. Tenants with the same extensions and the same
// setting share one.
const maxResourceTypes = 4096

// resourceTypes keeps what tenants' extensions compile to. The digest stands for the documents, so nothing in it is ever
// out of date: a tenant that gets other extensions has another digest.
type resourceTypes struct {
	mu   sync.RWMutex
	kept map[resourceTypesKey][]*schema.ResourceType
}

type resourceTypesKey struct {
	digest           string // of the extensions
	uniqueGroupNames bool
}

// of returns the resource types of a tenant that the registry has found.
func (r *resourceTypes) of(t tenancy.Tenant) ([]*schema.ResourceType, error) {
	key := resourceTypesKey{uniqueGroupNames: t.Settings.UniqueGroupNames}
	if t.Extensions != nil {
		key.digest = t.Extensions.Digest
	}
	r.mu.RLock()
	types, ok := r.kept[key]
	r.mu.RUnlock()
	if ok {
		return types, nil
	}
	types, err := directory.ResourceTypes(t.Extensions)
	if err != nil {
		return nil, err
	}
	for i, kind := range types {
		if kind.Schema.ID == schema.GroupURN && !key.uniqueGroupNames {
			types[i] = kind.WithUniqueness("displayName", schema.NotUnique) // what /Schemas says is what is so
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= maxResourceTypes { // rarely: to begin again is simpler than to know which is old
		r.kept = make(map[resourceTypesKey][]*schema.ResourceType)
	}
	r.kept[key] = types
	return types, nil
}
