package gateway

import (
	"sync"

	"github.com/askspoke/spoke/scim/explain"
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
	kept map[resourceTypesKey]compiled
}

// compiled are the resource types of a set of extensions, and what takes secrets out of requests about them, which is made
// when the first is refused.
type compiled struct {
	types    []*schema.ResourceType
	redactor func() explain.Redactor
}

type resourceTypesKey struct {
	digest           string // of the extensions
	uniqueGroupNames bool
}

// of returns the resource types of a tenant that the registry has found, and their redactor.
func (r *resourceTypes) of(t tenancy.Tenant) ([]*schema.ResourceType, func() explain.Redactor, error) {
	key := resourceTypesKey{uniqueGroupNames: t.Settings.UniqueGroupNames}
	if t.Extensions != nil {
		key.digest = t.Extensions.Digest
	}
	r.mu.RLock()
	known, ok := r.kept[key]
	r.mu.RUnlock()
	if ok {
		return known.types, known.redactor, nil
	}
	types, err := directory.ResourceTypes(t.Extensions)
	if err != nil {
		return nil, nil, err
	}
	for i, kind := range types {
		if kind.Schema.ID == schema.GroupURN && !key.uniqueGroupNames {
			types[i] = kind.WithUniqueness("displayName", schema.NotUnique) // what /Schemas says is what is so
		}
	}
	known = compiled{types, sync.OnceValue(func() explain.Redactor { return explain.NewRedactor(types) })}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= maxResourceTypes { // rarely: to begin again is simpler than to know which is old
		r.kept = make(map[resourceTypesKey]compiled)
	}
	r.kept[key] = known
	return known.types, known.redactor, nil
}
