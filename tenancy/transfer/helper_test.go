package transfer_test

import (
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func newTenant(slug tenancy.Slug) lifecycle.NewTenant {
	return lifecycle.NewTenant{Slug: slug, Settings: tenancy.DefaultSettings()}
}

func newDirectory(db *tenantdb.DB) *directory.Directory {
	return directory.New(db, &journal.Recorder{DB: db})
}
