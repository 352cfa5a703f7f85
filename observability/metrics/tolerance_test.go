package metrics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy"
)

func TestTolerancesAreCounted(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	r.Tolerance("acme", "booleanAsString")
	r.Tolerance("acme", "booleanAsString")
	for i := range 300 {
		r.Tolerance(tenancy.Slug(fmt.Sprintf("tenant-%d", i)), "pathKeys")
	}
	r.Tolerance("acme", "pathKeys")
	got := scrape(t, r)
	for _, want := range []string{
		`spoke_scim_tolerances_total{tolerance="booleanAsString"} 2`,
		`spoke_scim_tolerances_total{tolerance="pathKeys"} 301`,
		`spoke_scim_tenant_tolerances_total{tenant="acme",tolerance="booleanAsString"} 2`,
		`spoke_scim_tenant_tolerances_total{tenant="acme",tolerance="pathKeys"} 1`,
		`spoke_scim_tenant_tolerances_total{tenant="tenant-198",tolerance="pathKeys"} 1`,
		`spoke_scim_tenant_tolerances_total{tenant="_other",tolerance="pathKeys"} 101`,
		"\nspoke_tenant_label_overflow_total 101\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}
