package tenantdb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	id := tenancy.ID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
	for _, tc := range []struct {
		name, want string
		schema     tenantdb.Schema
	}{
		{"tenant", `"tenant_6f9619ff8b86d011b42d00c04fc964ff"."users"`, tenantdb.SchemaFor(id)},
		{"control", `"spoke"."users"`, tenantdb.Control},
		{"zero", `"spoke_invalid_schema"."users"`, tenantdb.Schema{}},
		{"no id", `"spoke_invalid_schema"."users"`, tenantdb.SchemaFor("")},
		{"injection", `"spoke_invalid_schema"."users"`, tenantdb.SchemaFor(`x"; DROP SCHEMA spoke; --`)},
		{"upper case", `"spoke_invalid_schema"."users"`, tenantdb.SchemaFor("6F9619FF-8B86-D011-B42D-00C04FC964FF")},
	} {
		if diff := cmp.Diff(tc.want, tc.schema.Table("users")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
	if got := tenantdb.Control.Table(`a"b`); got != `"spoke"."a""b"` {
		t.Errorf("a table's name is not quoted: %s", got)
	}
}

func TestParseSignal(t *testing.T) {
	t.Parallel()
	want := tenantdb.Signal{Topic: tenantdb.TopicToken, Tenant: tenancy.NewID()}
	got, ok := tenantdb.ParseSignal(want.String())
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("ParseSignal: %v (-want +got):\n%s", ok, diff)
	}
	for _, payload := range []string{"", "token", "token:", "token:x", "user:" + string(want.Tenant)} {
		if _, ok := tenantdb.ParseSignal(payload); ok {
			t.Errorf("ParseSignal(%q) accepts", payload)
		}
	}
}
