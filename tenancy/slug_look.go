package tenancy

import (
	"strings"
	"sync"
)

// Skeleton returns what is left of a slug where people do not look closely: slugs with equal skeletons can be taken for
// each other, also where a host is shown in capitals. Hyphens go; 0 is o; 1 and i are l; rn is m; vv is w. Migration
// 00005 of the control schema computes the same in SQL.
func (s Slug) Skeleton() string {
	text := strings.Map(func(r rune) rune {
		switch r {
		case '-':
			return -1
		case '0':
			return 'o'
		case '1', 'i':
			return 'l'
		}
		return r
	}, string(s))
	return strings.ReplaceAll(strings.ReplaceAll(text, "rn", "m"), "vv", "w")
}

// CheckLook refuses a slug that can be taken for a reserved name, with a *SlugError. It is for new tenants: one that has
// such a slug keeps it.
func (s Slug) CheckLook() error {
	if reservedSkeletons()[s.Skeleton()] {
		return &SlugError{Slug: string(s), Reason: "looks like a name that is reserved"}
	}
	return nil
}

// reservedNames are what the platform itself uses, may use, or what a visitor would take for the platform's.
const reservedNames = `www api app apps console admin administrator root system
	metrics health healthz ready readyz status grafana prometheus internal
	mail smtp imap pop mx email webmail postmaster hostmaster abuse autodiscover autoconfig
	ns ns1 ns2 ns3 ns4 dns ftp vpn proxy gateway localhost local wpad isatap
	auth login sso oauth oidc saml idp account accounts signup register security
	billing pay payment payments invoice invoices stripe webhook webhooks
	docs doc help support blog news legal privacy terms about contact
	cdn static assets img images media files download downloads
	dev development test testing staging stage prod production demo sandbox preview
	scim spoke askspoke onboarding worker provisioner tenant tenants control public null undefined`

var reserved = sync.OnceValue(func() map[string]bool {
	names := make(map[string]bool)
	for _, name := range strings.Fields(reservedNames) {
		names[name] = true
	}
	return names
})

var reservedSkeletons = sync.OnceValue(func() map[string]bool {
	skeletons := make(map[string]bool)
	for name := range reserved() {
		skeletons[Slug(name).Skeleton()] = true
	}
	return skeletons
})
