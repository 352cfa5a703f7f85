// Package guide says how an identity provider is connected, step by step with a tenant's own values filled in, and which
// checks tell that it is connected.
//
// It reads no database and serves no pages: a guide is made from the text that is embedded here and from what its caller
// knows of the tenant, and checks from [Facts].
//
// Invariants: each guide names the tenant URL and the token; a secret is a [Value] that says so and is in no other text;
// what a tenant is called is escaped; a check passes only by a request that was accepted.
package guide

import (
	"embed"
	"errors"
	"html/template"
	"slices"
	"sync"
)

// Guide is how one identity provider is connected.
type Guide struct {
	Slug string // in addresses: entra
	Name string // for people: Microsoft Entra ID
	// DocsTitle and DocsURL are of the page that the guide was compared with: the vendor's own, where there is one.
	DocsTitle, DocsURL string
	Cadence            string // when the provider sends what has changed
	// Expectations are what shows, one after the other, that the provider is connected.
	Expectations []Expectation
	Steps        []Step          // filled in by For
	Notes        []template.HTML // what this provider does that surprises; filled in by For

	sections []section
	notes    []*template.Template
}

// Step is one thing to do at the provider.
type Step struct {
	Title  string
	Body   template.HTML
	Values []Value       // what is to be pasted there
	After  template.HTML // what comes after the values; often empty
}

// Value is what goes into one field at the provider.
type Value struct {
	Label  string // as the provider calls the field
	Value  string // empty: a secret that cannot be shown any more, or what was not made yet
	Secret bool
}

// Expectation is a check with the provider's words.
type Expectation struct {
	Kind  CheckKind
	Title string
	Do    string // how it is brought about
}

// Tenant is what is filled in.
type Tenant struct {
	TenantURL string // https://acme.askspoke.com/scim/v2
	TokenURL  string // of OAuth's client credentials grant
	Strict    bool   // it takes what the standard allows and nothing else
	// What is shown once, and empty at any other time.
	Token                  string
	ClientID, ClientSecret string
}

// Called is what the provider is called within a sentence, also where nobody knows which it is.
func (g Guide) Called() string {
	if g.Slug == other {
		return "your provider"
	}
	return g.Name
}

// Subject is Called where a sentence begins.
func (g Guide) Subject() string {
	if g.Slug == other {
		return "Your provider"
	}
	return g.Name
}

// ErrTenant is a Tenant without its URLs: a guide would be wrong.
var ErrTenant = errors.New("a guide needs the tenant's URLs")

//go:embed text/*.md
var texts embed.FS

// other is the guide for any other provider.
const other = "other"

// order is how guides are listed: the most usual first, and last what is for any other.
var order = []string{"entra", "okta", "google", "onelogin", "jumpcloud", "ping", "keycloak", other}

// guides are parsed once. What is embedded and cannot be parsed is a mistake that a test has seen.
var guides = sync.OnceValue(func() []Guide {
	list := make([]Guide, len(order))
	for i, slug := range order {
		text, err := texts.ReadFile("text/" + slug + ".md")
		if err != nil {
			panic("read guide: " + err.Error())
		}
		if list[i], err = parse(slug, string(text)); err != nil {
			panic("parse guide " + slug + ": " + err.Error())
		}
	}
	return list
})

// List returns all guides, without steps and notes.
func List() []Guide { return slices.Clone(guides()) }

// Get returns the guide with the slug, without steps and notes, and false for none.
func Get(slug string) (Guide, bool) {
	for _, g := range guides() {
		if g.Slug == slug {
			return g, true
		}
	}
	return Guide{}, false
}
