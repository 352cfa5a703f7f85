package directory

import (
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// ListStatement returns what List asks Postgres, for a test of its plan.
func (s Store) ListStatement(t *schema.ResourceType, query provider.Query) (string, []any) {
	var args arguments
	return s.listStatement(t, query, &args), args
}
