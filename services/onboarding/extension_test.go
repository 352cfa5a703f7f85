package onboarding_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const badge = "urn:example:params:scim:schemas:extension:Badge:2.0:User"

func document(attributes ...any) client.ExtensionDocument {
	return client.ExtensionDocument{Schema: client.SchemaDocument{"id": badge, "name": "Badge", "attributes": attributes}}
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	c := w.as(t, operator.Manage)
	number, floor := map[string]any{"name": "number"}, map[string]any{"name": "floor", "type": "integer"}
	made, err := c.PutExtensionWithResponse(t.Context(), "acme", badge, nil, document(number))
	if err != nil || made.JSON201 == nil {
		t.Fatalf("%v, %s", err, made.Body)
	}
	tag := made.HTTPResponse.Header.Get("ETag")
	if e := made.JSON201; e.URN != badge || e.ResourceType != client.ExtendsUser || e.State != client.ExtensionOpen {
		t.Errorf("%s", made.Body)
	}
	for name, tc := range map[string]struct {
		ifMatch *string
		urn     string
		body    client.ExtensionDocument
		status  int
	}{
		"no If-Match":    {nil, badge, document(number, floor), 428},
		"stale":          {pointer(`"abc"`), badge, document(number, floor), 412},
		"of none":        {pointer(tag), "urn:example:none:User", document(number), 412},
		"another URN":    {nil, "urn:example:other:User", document(number), 400},
		"attribute gone": {pointer(tag), badge, document(floor), 400},
		"bad document":   {pointer(tag), badge, document(map[string]any{"name": "no name"}), 400},
	} {
		if name == "of none" {
			tc.body.Schema["id"] = tc.urn
		}
		r, err := c.PutExtensionWithResponse(t.Context(), "acme", tc.urn, &client.PutExtensionParams{IfMatch: tc.ifMatch}, tc.body)
		if err != nil || r.StatusCode() != tc.status {
			t.Errorf("%s: %v, %d %s", name, err, r.StatusCode(), r.Body)
		}
	}
	changed, err := c.PutExtensionWithResponse(t.Context(), "acme", badge, &client.PutExtensionParams{IfMatch: &tag}, document(number, floor))
	if err != nil || changed.JSON200 == nil || changed.HTTPResponse.Header.Get("ETag") == tag {
		t.Fatalf("%v, %s", err, changed.Body)
	}
	read, err := c.GetExtensionWithResponse(t.Context(), "acme", badge)
	if err != nil || read.JSON200 == nil || len(read.JSON200.Schema["attributes"].([]any)) != 2 ||
		read.HTTPResponse.Header.Get("ETag") != changed.HTTPResponse.Header.Get("ETag") {
		t.Errorf("%v, %s", err, read.Body)
	}
	removed, err := c.RemoveExtensionWithResponse(t.Context(), "acme", badge)
	if err != nil || removed.JSON202 == nil || removed.JSON202.State != client.ExtensionRemoving {
		t.Fatalf("%v, %s", err, removed.Body)
	}
	list, err := c.ListExtensionsWithResponse(t.Context(), "acme")
	if diff := cmp.Diff([]client.Extension{}, list.JSON200.Items); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if r, err := c.RemoveExtensionWithResponse(t.Context(), "acme", badge); err != nil || r.StatusCode() != 404 {
		t.Errorf("%v, %s", err, r.Body)
	}
}

// An extension that is used stays, and its removal is refused at once.
func TestExtensionInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	c := w.as(t, operator.Manage)
	if r, err := c.PutExtensionWithResponse(t.Context(), "acme", badge, nil, document(map[string]any{"name": "number"})); err != nil || r.JSON201 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	w.addUser(t, acme.ID)
	got := w.send(t, "DELETE /v1/tenants/acme/extensions/"+badge, "")
	if kind, _ := got.problem(); got.status != 409 || kind != "extension-in-use" {
		t.Errorf("%d %s", got.status, got.body)
	}
	read, err := c.GetExtensionWithResponse(t.Context(), "acme", badge)
	if err != nil || read.JSON200.State != client.ExtensionOpen {
		t.Errorf("%v, %s", err, read.Body)
	}
}

// The removal is answered when it has begun, and a server that stops undoes it.
func TestExtensionRemovalOfAServerThatStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "acme")
	slow := over(t, w.db, func(s *setting) { s.lifecycle.Settle = lifecycle.DefaultSettle })
	c := slow.as(t, operator.Manage)
	if r, err := c.PutExtensionWithResponse(t.Context(), "acme", badge, nil, document(map[string]any{"name": "number"})); err != nil || r.JSON201 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	if r, err := c.RemoveExtensionWithResponse(t.Context(), "acme", badge); err != nil || r.StatusCode() != 202 {
		t.Fatalf("%v, %s", err, r.Body)
	}
	if r, err := c.GetExtensionWithResponse(t.Context(), "acme", badge); err != nil || r.JSON200.State != client.ExtensionRemoving {
		t.Errorf("%v, %s", err, r.Body)
	}
	slow.stop()
	if r, err := w.as(t, operator.Read).GetExtensionWithResponse(t.Context(), "acme", badge); err != nil || r.JSON200.State != client.ExtensionOpen {
		t.Errorf("%v, %s", err, r.Body)
	}
}

// addUser gives a tenant a user with a badge.
func (w *world) addUser(t *testing.T, id string) {
	t.Helper()
	m := lifecycle.New(lifecycle.Config{DB: w.db})
	list, err := m.Extensions(t.Context(), tenancy.ID(id))
	if err != nil {
		t.Fatal(err)
	}
	types, err := directory.ResourceTypes(tenancy.NewExtensions(list))
	if err != nil {
		t.Fatal(err)
	}
	store := directory.New(w.db, &journal.Recorder{DB: w.db}).Store(tenantdb.SchemaFor(tenancy.ID(id)), true)
	p := provider.Provider{Store: store, Types: types, Base: "https://acme.example/scim/v2", Lenient: scim.Auto}
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + badge + `"],"userName":"ada","` + badge + `":{"number":"7"}}`
	if _, err := p.Serve(t.Context(), provider.Request{Method: "POST", Path: "/Users", Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}
