package pgtest

import (
	"sync"
	"testing"

	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Several processes ask for the template at the same time, one of them after another was killed while it made it. Nobody
// can change it, and each copy has every migration.
func TestTemplate(t *testing.T) {
	t.Parallel()
	server, err := private() // which no other process uses
	if err != nil {
		t.Fatal(err)
	}
	name := "spoke_test_template_" + lifecycle.ControlFingerprint()
	admin(t, server, `CREATE DATABASE `+name+`_half`)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := ensure(server, name); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	url, err := databaseURL(server, name)
	if err != nil {
		t.Fatal(err)
	}
	if db, err := tenantdb.Open(t.Context(), url, tenantdb.Options{}); err == nil {
		db.Close()
		t.Error("the template can be changed")
	}
	for range 2 {
		db := Open(t, create(t, server, name), tenantdb.Options{})
		if err := lifecycle.New(lifecycle.Config{DB: db}).CheckControl(t.Context()); err != nil {
			t.Errorf("a copy: %v", err)
		}
	}
}
