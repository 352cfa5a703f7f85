package operator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, err := w.Record(t.Context(), operator.Call{
		Actor: "key:a", Name: "web shop", Role: operator.Manage, Operation: "createTenant", RequestID: uuid.NewString(), Address: address,
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func() operator.Call {
		t.Helper()
		list, more, err := w.Calls(t.Context(), operator.CallFilter{}, operator.Page{Limit: 2})
		if err != nil || more || len(list) != 1 {
			t.Fatalf("%d calls, more %t, %v", len(list), more, err)
		}
		return list[0]
	}
	if diff := cmp.Diff(before, read(), cmpopts.EquateComparable(before.Address)); diff != "" {
		t.Errorf("before it is concluded: %s", diff)
	}
	before.Status, before.Problem, before.Replayed = 409, "slug-taken", true
	before.Tenant, before.Resource = w.tenants[0].ID, uuid.NewString()
	if err := w.Conclude(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, read(), cmpopts.EquateComparable(before.Address)); diff != "" {
		t.Errorf("concluded: %s", diff)
	}
}

func TestAuditFiltersAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.clock.Now()
	for i := range 12 {
		call := operator.Call{Actor: fmt.Sprintf("key:%d", i%2), Operation: fmt.Sprintf("op%d", i%3), RequestID: uuid.NewString(), Status: 200}
		if i%4 == 0 {
			call.Tenant = w.tenants[0].ID
		}
		if _, err := w.Record(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 { // two at each time
			w.clock.Pass(time.Minute)
		}
	}
	for name, tc := range map[string]struct {
		filter operator.CallFilter
		want   int
	}{
		"all":           {operator.CallFilter{}, 12},
		"actor":         {operator.CallFilter{Actor: "key:1"}, 6},
		"operation":     {operator.CallFilter{Operation: "op2"}, 4},
		"tenant":        {operator.CallFilter{Tenant: w.tenants[0].ID}, 3},
		"other tenant":  {operator.CallFilter{Tenant: tenancy.NewID()}, 0},
		"since":         {operator.CallFilter{Since: begin.Add(time.Minute)}, 10},
		"until":         {operator.CallFilter{Until: begin.Add(time.Minute)}, 2},
		"all of it":     {operator.CallFilter{Actor: "key:0", Operation: "op0", Since: begin, Until: begin.Add(time.Hour)}, 2},
		"and no actor ": {operator.CallFilter{Actor: "key:0' OR ''='"}, 0},
	} {
		seen := make(map[string]bool)
		page := operator.Page{Limit: 1}
		for {
			list, more, err := w.Calls(t.Context(), tc.filter, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				seen[c.ID] = true
				page.After = operator.Position{At: c.At, ID: c.ID}
			}
			if !more {
				break
			}
		}
		if len(seen) != tc.want {
			t.Errorf("%s: %d calls, want %d", name, len(seen), tc.want)
		}
	}
}

func TestAuditWithALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, proxy := w.lossy(t)
	proxy.LoseAnswer()
	if _, err := s.Record(t.Context(), operator.Call{Actor: "key:a", Operation: "getMe", RequestID: uuid.NewString()}); err != nil {
		t.Fatal(err)
	}
	if list, _, err := w.Calls(t.Context(), operator.CallFilter{}, operator.Page{Limit: 9}); err != nil || len(list) != 1 {
		t.Errorf("%d calls, %v", len(list), err)
	}
}
