package hostname

import (
	"errors"
	"fmt"
	"strings"

	"github.com/askspoke/spoke/tenancy"
)

// ErrNoTenant says that no tenant can have the host, whatever the database holds.
var ErrNoTenant = errors.New("host can belong to no tenant")

// Resolver knows the base domains, below which the first label of a host is a tenant's slug. Its zero value has none.
type Resolver struct {
	bases []string // normalized, each with a leading dot
}

// Name is what a host says about its tenant: a slug, or else a host of the tenant's own.
type Name struct {
	Slug tenancy.Slug
	Host string
}

// NewResolver returns a Resolver for the base domains, such as askspoke.com or, in development, localhost.
func NewResolver(bases ...string) (Resolver, error) {
	var r Resolver
	for _, base := range bases {
		name, err := Normalize(strings.TrimPrefix(base, "."))
		if err != nil || strings.HasPrefix(name, "[") {
			return Resolver{}, fmt.Errorf("base domain %q: %w", base, errors.Join(ErrInvalid, err))
		}
		r.bases = append(r.bases, "."+name)
	}
	return r, nil
}

// Name returns what a normalized host names. Exactly one label below a base domain is a slug; the base domain itself,
// something deeper or a label that is no slug is ErrNoTenant, without asking anybody; any other host may be a tenant's own.
func (r Resolver) Name(host string) (Name, error) {
	for _, base := range r.bases {
		if host == base[1:] {
			return Name{}, ErrNoTenant
		}
	}
	ours := false
	for _, base := range r.bases {
		label, ok := strings.CutSuffix(host, base)
		if !ok {
			continue
		}
		ours = true // though a longer base domain may match better
		if slug, err := tenancy.ParseSlug(label); err == nil && string(slug) == label {
			return Name{Slug: slug}, nil
		}
	}
	if ours {
		return Name{}, ErrNoTenant
	}
	return Name{Host: host}, nil
}

// Host returns the host of a tenant below the first base domain, and "" when there is none.
func (r Resolver) Host(slug tenancy.Slug) string {
	if len(r.bases) == 0 {
		return ""
	}
	return string(slug) + r.bases[0]
}
