package signon_test

import (
	"errors"
	"testing"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Connections of a tenant to different issuers have different redirect URIs, however they come about.
func TestCallbackIsOfOneIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.tenants[0].ID
	at := func(issuer, number string) signon.OIDC {
		o := settings(issuer)
		o.Callback = number
		return o
	}
	makes := func(tenant tenancy.ID, o signon.OIDC) (signon.Connection, error) {
		return w.Create(t.Context(), signon.NewConnection{Tenant: tenant, Kind: signon.KindOIDC, Name: "x", Config: o, CreatedBy: by})
	}
	if free, err := w.FreeCallback(t.Context(), tenant); err != nil || free != "" {
		t.Errorf("the first has %q, %v", free, err)
	}
	first, err := makes(tenant, at("https://x.example.com", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := makes(tenant, at("https://y.example.com", "")); !errors.Is(err, signon.ErrCallback) {
		t.Errorf("another issuer: %v", err)
	}
	if _, err := makes(w.tenants[1].ID, at("https://y.example.com", "")); err != nil {
		t.Errorf("another tenant: %v", err)
	}
	if _, err := w.Create(t.Context(), signon.NewConnection{Tenant: tenant, Kind: signon.KindSAML, Name: "x", Config: map[string]string{}, Secret: []byte("k"), CreatedBy: by}); err != nil {
		t.Errorf("another protocol: %v", err)
	}
	number, err := w.FreeCallback(t.Context(), tenant)
	if err != nil || number == "" {
		t.Fatalf("the second has %q, %v", number, err)
	}
	second, err := makes(tenant, at("https://y.example.com", number))
	if err != nil {
		t.Fatal(err)
	}
	copied, err := w.Copy(t.Context(), tenant, second.ID, "copy", by)
	if err != nil {
		t.Fatalf("a copy: %v", err)
	}
	third, err := w.Copy(t.Context(), tenant, second.ID, "another copy", by)
	if err != nil {
		t.Fatalf("a copy: %v", err)
	}
	for name, c := range map[string]struct {
		connection signon.Connection
		to         signon.OIDC
		want       error
	}{
		"to the plain one":      {second, at("https://y.example.com", ""), signon.ErrCallback},
		"to another issuer":     {copied, at("https://evil.example.com", number), signon.ErrCallback},
		"to the other's issuer": {copied, at("https://x.example.com", number), signon.ErrCallback},
		"nothing":               {first, at("https://x.example.com", ""), nil},
		"to its own number":     {third, at("https://evil.example.com", signon.NewCallback()), nil},
	} {
		_, err := w.Change(t.Context(), tenant, c.connection.ID, signon.ConnectionChange{Revision: c.connection.Revision, Name: "x", Config: c.to, Secret: []byte("s"), By: by})
		if c.want == nil && err != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, number := range []string{"a", "../../evil", "AAAAAAAAAAAAAAAAAAAAAAAAAA", signon.NewCallback() + "a"} {
		_, err := w.CheckOIDC(at("https://y.example.com", number))
		configError(t, err, "callback")
	}
}
