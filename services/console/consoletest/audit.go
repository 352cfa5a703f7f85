package consoletest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/askspoke/spoke/tenancy/operator"
)

// Audit returns the calls of an operation about acme.
func (w *World) Audit(t *testing.T, operation string) []operator.Call {
	t.Helper()
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.Acme.ID, Operation: operation}, operator.Page{Limit: 50})
	Must(t, err)
	return list
}

// Operations are the operations in the audit log about acme, with their actors and statuses, newest first.
func (w *World) Operations(t *testing.T) (list []string) {
	t.Helper()
	calls, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.Acme.ID}, operator.Page{Limit: 50})
	Must(t, err)
	for _, c := range calls {
		kind, _, _ := strings.Cut(c.Actor, ":")
		list = append(list, kind+" "+c.Operation+" "+strconv.Itoa(c.Status))
	}
	return list
}

// Logged fails the test unless the audit log's newest call of an operation at acme is so.
func (w *World) Logged(t *testing.T, operation, actor string, status int) {
	t.Helper()
	list, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Tenant: w.Acme.ID, Operation: operation}, operator.Page{Limit: 1})
	Must(t, err)
	if len(list) != 1 || list[0].Actor != actor || list[0].Status != status || !list[0].Address.IsValid() {
		t.Errorf("audit of %s: %+v", operation, list)
	}
}

// OperatorSignIns are the sign-ins of operators in the audit log.
func (w *World) OperatorSignIns(t *testing.T) []operator.Call {
	t.Helper()
	calls, _, err := w.Operators.Calls(t.Context(), operator.CallFilter{Operation: "signInOperator"}, operator.Page{Limit: 50})
	Must(t, err)
	return calls
}
