package tenantdb

import (
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Schema is the validated and quoted name of a schema. It is comparable and can be a map's key. Its zero value names a
// schema that never exists, so a statement built from it fails and touches no tenant.
type Schema struct {
	quoted string
	name   string
}

// Control is the schema of the control plane: tenants, hosts, tokens.
var Control = Schema{quoted: `"spoke"`, name: "spoke"}

const nowhere = `"spoke_invalid_schema"`

// SchemaFor returns the schema of the tenant id, and the zero Schema when id is not a UUID.
func SchemaFor(id tenancy.ID) Schema {
	hex, ok := id.Hex()
	if !ok {
		return Schema{}
	}
	name := "tenant_" + hex
	return Schema{quoted: pq.QuoteIdentifier(name), name: name}
}

// Valid says whether s names a schema.
func (s Schema) Valid() bool { return s.name != "" }

// Name returns the bare name, for catalog queries and for tenancy.Tenant. It must not be put into SQL.
func (s Schema) Name() string { return s.name }

// String returns the quoted name, as it is put into SQL.
func (s Schema) String() string {
	if s.quoted == "" {
		return nowhere
	}
	return s.quoted
}

// Table returns the quoted, schema-qualified name of a table: "tenant_…"."users".
func (s Schema) Table(name string) string {
	return s.String() + "." + pq.QuoteIdentifier(name)
}
