package memstore_test

import (
	"testing"

	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/scimtest"
)

func TestStore(t *testing.T) {
	scimtest.Run(t, func(*testing.T) provider.Store { return memstore.New() })
}
