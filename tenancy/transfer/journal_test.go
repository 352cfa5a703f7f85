package transfer_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// refuse gives the tenant's journal some refused requests, as the gateway writes them.
func (h house) refuse(tenant tenancy.Tenant) {
	h.Helper()
	b := journal.NewBuffer(journal.BufferConfig{DB: h.db})
	detail, err := journal.Refusal{
		Rule: "required", Attribute: "userName", SCIMType: "invalidValue", Method: "POST", Path: "/Users", Body: json.RawMessage(`{"a": ["<ü>"]}`),
		Redacted: []string{"password"},
	}.Encode()
	if err != nil {
		h.Fatal(err)
	}
	for _, e := range []journal.Entry{
		{At: at, Status: 400, Action: journal.ActionCreate, ResourceType: "User", Duration: 12345 * time.Microsecond, Detail: detail},
		{At: at, Status: 404, Action: journal.ActionDelete, ResourceType: "Group", ResourceID: staff, Actor: "a", RequestID: "r", ProviderRequestID: "p <1>"},
		{At: at, Status: 401, Action: "authenticate"},
	} {
		if !b.Add(tenant.ID, e) {
			h.Fatal("an entry was dropped")
		}
	}
	go func() { _ = b.Run(h.Context()) }() // it returns nil
	fixture.Eventually(h, "the journal is written", func() bool { return b.Stats().Written >= 3 })
}

// An export of a version that had neither refused requests nor durations is imported as what it was: all accepted.
func TestOldJournal(t *testing.T) {
	t.Parallel()
	h := build(t)
	got := h.imported([]byte(sealed(small())), "old")
	page, err := journal.List(t.Context(), h.db, tenantdb.SchemaFor(got.ID), journal.Query{})
	want := []journal.Entry{{
		ID: "019563d0-0000-7000-8000-000000000001", At: at, Outcome: journal.Accepted, Action: journal.ActionCreate, ResourceType: "User",
		ResourceID: ada, Version: 1, Actor: "entra", RequestID: "r", Detail: json.RawMessage(`{"document": {}}`),
	}}
	if diff := cmp.Diff(want, page.Entries); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
