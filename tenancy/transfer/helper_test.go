package transfer_test

import (
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func newTenant(slug tenancy.Slug) lifecycle.NewTenant {
	return lifecycle.NewTenant{Slug: slug, Settings: tenancy.DefaultSettings()}
}
