package memstore_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/scim/scimtest"
)

func TestStore(t *testing.T) {
	scimtest.Run(t, func(*testing.T) provider.Store { return memstore.New() })
}

// Random work plays the same on two stores: nothing depends on the order of a map. It also shows that Compare's own work
// is well formed.
func TestCompareWithItself(t *testing.T) {
	for seed := range uint64(6) {
		scimtest.Compare(t, memstore.New(), memstore.New(), seed, 500)
	}
}

func TestGroupNamesMayRepeat(t *testing.T) {
	groups, r := schema.Group(), rand.New(rand.NewPCG(1, 1))
	create := func(s *memstore.Store) error {
		draft := scimtest.Draft(groups, scimtest.NewID(r), time.Now(), scimtest.Object(t, groups, `{"displayName": "Same"}`))
		_, err := s.Create(t.Context(), groups, draft, provider.Read{})
		return err
	}
	for unique, want := range map[bool]bool{true: true, false: false} {
		s := memstore.New(memstore.UniqueGroupNames(unique))
		if err := create(s); err != nil {
			t.Fatal(err)
		}
		var taken *provider.TakenError
		if err := create(s); errors.As(err, &taken) != want {
			t.Errorf("UniqueGroupNames(%v): the second create returned %v", unique, err)
		}
	}
}

func TestOtherTypesAreNoPanic(t *testing.T) {
	device := &schema.ResourceType{Name: "Device", Endpoint: "/Devices", Schema: &schema.Schema{ID: "urn:example:Device"}}
	if _, err := memstore.New().List(t.Context(), device, provider.Query{}); err == nil {
		t.Error("List of devices returned no error")
	}
}
