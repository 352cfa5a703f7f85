package console

import (
	"strconv"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/operator"
)

// audit returns the calls of an operation about acme.
func (w *world) audit(t *testing.T, operation string) []operator.Call {
	t.Helper()
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.acme.ID, Operation: operation}, operator.Page{Limit: 50})
	must(t, err)
	return list
}

// operations are the operations in the audit log about acme, with their actors and statuses, newest first.
func (w *world) operations(t *testing.T) (list []string) {
	t.Helper()
	calls, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.acme.ID}, operator.Page{Limit: 50})
	must(t, err)
	for _, c := range calls {
		kind, _, _ := strings.Cut(c.Actor, ":")
		list = append(list, kind+" "+c.Operation+" "+strconv.Itoa(c.Status))
	}
	return list
}

// logged fails the test unless the audit log's newest call of an operation at acme is so.
func (w *world) logged(t *testing.T, operation, actor string, status int) {
	t.Helper()
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.acme.ID, Operation: operation}, operator.Page{Limit: 1})
	must(t, err)
	if len(list) != 1 || list[0].Actor != actor || list[0].Status != status || !list[0].Address.IsValid() {
		t.Errorf("audit of %s: %+v", operation, list)
	}
}

// operatorSignIns are the sign-ins of operators in the audit log.
func (w *world) operatorSignIns(t *testing.T) []operator.Call {
	t.Helper()
	calls, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: "signInOperator"}, operator.Page{Limit: 50})
	must(t, err)
	return calls
}
