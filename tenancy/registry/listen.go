package registry

import (
	"context"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Run listens for changes until ctx ends and forgets what they concern; it returns nil then. Each time it begins to
// listen, the first time and after each loss of the connection, everything is forgotten.
func (r *Registry) Run(ctx context.Context) error {
	return r.config.DB.Listen(ctx, tenantdb.ControlChannel, r.hear, r.reset)
}

func (r *Registry) hear(payload string) {
	signal, ok := tenantdb.ParseSignal(payload)
	if !ok {
		return // of a later version of this program
	}
	if signal.Topic == tenantdb.TopicTenant {
		r.cache.Forget(func(_ string, t tenancy.Tenant) bool { return t.ID == signal.Tenant })
	}
	if r.config.Hear != nil {
		r.config.Hear(signal)
	}
}

func (r *Registry) reset() {
	r.cache.Reset()
	if r.config.Reset != nil {
		r.config.Reset()
	}
}
