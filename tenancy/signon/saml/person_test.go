package saml_test

import (
	"fmt"
	"strings"
	"testing"

	library "github.com/crewjam/saml"
	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entra := "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	for name, tc := range map[string]struct {
		id         string
		format     library.NameIDFormat
		attributes map[string][]string
		config     saml.Config
		want       signon.Person
		err        error
	}{
		"address as name ID": {id: "Ada@Example.com", want: signon.Person{Subject: "Ada@Example.com", Email: "ada@example.com"}},
		"name ID of no kind": {id: "ada@example.com", format: library.UnspecifiedNameIDFormat, want: signon.Person{Subject: "ada@example.com", Email: "ada@example.com"}},
		"persistent": {
			id: "0815", format: library.PersistentNameIDFormat, attributes: map[string][]string{"mail": {"ada@example.com"}},
			want: signon.Person{Subject: "0815", Email: "ada@example.com"},
		},
		"persistent that looks like an address": {id: "eve@example.com", format: library.PersistentNameIDFormat, err: saml.ErrNoEmail},
		"transient": {
			id: "_1234", format: library.TransientNameIDFormat, attributes: map[string][]string{"mail": {"ada@example.com"}},
			want: signon.Person{Subject: "ada@example.com", Email: "ada@example.com"},
		},
		"address that looks like another": { // its first letter is Cyrillic
			id: "\u0430da@example.com", want: signon.Person{Subject: "\u0430da@example.com", Email: "\u0430da@example.com"},
		},
		"Entra": {
			id: "ada@corp.example.com", attributes: map[string][]string{
				entra + "emailaddress": {"ada@example.com"}, entra + "givenname": {"Ada"}, entra + "surname": {"Lovelace"}, entra + "name": {"ada@corp.example.com"},
			}, want: signon.Person{Subject: "ada@corp.example.com", Email: "ada@example.com", Name: "Ada Lovelace"},
		},
		"the same address twice": {id: "x", attributes: map[string][]string{"mail": {"Ada@example.com"}, "email": {"ada@example.com"}}, want: signon.Person{Subject: "x", Email: "ada@example.com"}},
		"named attributes": {
			id: "eve@example.com", attributes: map[string][]string{"upn": {"ada@example.com"}, "mail": {"eve@example.com"}, "nick": {"Countess"}, "cn": {"Eve"}},
			config: saml.Config{EmailAttribute: "upn", NameAttribute: "nick"},
			want:   signon.Person{Subject: "eve@example.com", Email: "ada@example.com", Name: "Countess"},
		},
		"named attribute is missing":  {id: "ada@example.com", attributes: map[string][]string{"mail": {"ada@example.com"}}, config: saml.Config{EmailAttribute: "upn"}, err: saml.ErrNoEmail},
		"named attribute by its case": {id: "ada@example.com", attributes: map[string][]string{"UPN": {"ada@example.com"}}, config: saml.Config{EmailAttribute: "upn"}, err: saml.ErrNoEmail},
		"empty attribute":             {id: "ada@example.com", attributes: map[string][]string{"mail": {" "}}, want: signon.Person{Subject: "ada@example.com", Email: "ada@example.com"}},
		"long name ID":                {id: strings.Repeat("x", 300), attributes: map[string][]string{"mail": {"ada@example.com"}}, err: saml.ErrMissing},
		"blank name ID":               {id: " ", attributes: map[string][]string{"mail": {"ada@example.com"}}, err: saml.ErrMissing},
		"long address":                {id: strings.Repeat("x", 243) + "@example.com", err: saml.ErrEmail},
		"header in the address":       {id: "x", attributes: map[string][]string{"mail": {"ada@example.com\nBcc: eve@example.com"}}, err: saml.ErrEmail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := w.sp(t, func(c *saml.Connection) {
				c.Config.EmailAttribute, c.Config.NameAttribute = tc.config.EmailAttribute, tc.config.NameAttribute
			})
			a := w.answer(t, p)
			a.NameID, a.Format, a.Attributes = tc.id, tc.format, tc.attributes
			if tc.err != nil {
				refuses(t, p, w.provider.Forge(a), tc.err)
				return
			}
			got := lets(t, p, w.provider.Forge(a), tc.want.Email).Person
			got.Attributes, tc.want.EmailVerified = nil, true
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a page shows of a person is bounded, and nothing in it breaks a line.
func TestShownAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.sp(t)
	a := w.answer(t, p)
	a.Attributes = map[string][]string{"a": {"x\u202ey\x85z"}, "b": {strings.Repeat("x", 2000)}}
	for i := range 60 {
		a.Attributes["b"] = append(a.Attributes["b"], "v")
		a.Attributes[fmt.Sprintf("c%02d", i)] = []string{"v"}
	}
	got := lets(t, p, w.provider.Forge(a), "ada@example.com").Person.Attributes
	if len(got) != 50 || len(got["b"]) != 50 || len(got["b"][0]) != 500 || got["a"][0] != "xyz" {
		t.Errorf("%d, %d, %d, %q", len(got), len(got["b"]), len(got["b"][0]), got["a"])
	}
}
