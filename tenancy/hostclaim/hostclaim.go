// Package hostclaim gives tenants hosts of their own, such as scim.acme.com, once a TXT record in the DNS shows that they
// control them.
//
// It resolves no host to its tenant (package registry does, from what is verified), makes no certificate, and does not look
// again at a host that is verified.
//
// Invariants: a host belongs to one tenant at most, whichever verified it first; until then any number may claim it, each
// with a value of its own that nobody can guess. No host of a tenant's own is a base domain or below one, where hosts
// follow from slugs. Two calls at once, and a call that is broken off and made again, come to the same.
package hostclaim

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Bounds and their defaults.
const (
	MaxHosts        = 20 // of a tenant, claimed and verified
	DefaultLifetime = 7 * 24 * time.Hour
	keepExpired     = 7 * 24 * time.Hour // an expired claim is still listed, so that one sees why
	lookupTimeout   = 10 * time.Second
)

// TXTResolver looks TXT records up; *net.Resolver is one. A name that does not exist, or has none, is a *net.DNSError whose
// IsNotFound is true.
type TXTResolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Config are a Store's dependencies. DB is required, and Bases wherever there are base domains.
type Config struct {
	DB       *tenantdb.DB
	Bases    hostname.Resolver
	Resolver TXTResolver      // default net.DefaultResolver
	Lifetime time.Duration    // of a claim; default DefaultLifetime
	Now      func() time.Time // default time.Now
}

// Store keeps claims in Postgres. It is safe for concurrent use.
type Store struct{ config Config }

// New returns a Store.
func New(config Config) *Store {
	if config.Resolver == nil {
		config.Resolver = net.DefaultResolver
	}
	if config.Lifetime == 0 {
		config.Lifetime = DefaultLifetime
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Store{config: config}
}

// Host is a host that a tenant has verified, or claims.
type Host struct {
	Name       string    // normalized
	CreatedAt  time.Time // when it was claimed; of a verified host the same as VerifiedAt
	VerifiedAt time.Time // zero: not yet
	// What is below is of a claim alone.
	Record    string    // the name of the TXT record to publish
	Value     string    // what it must say
	ExpiresAt time.Time // when the claim is void
}

// The control schema's tables.
var (
	tenants = tenantdb.Control.Table("tenants")
	hosts   = tenantdb.Control.Table("hosts")
	claims  = tenantdb.Control.Table("host_claims")
)

// now is the clock in the precision that Postgres keeps.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// announce tells the replicas about the tenant.
func (s *Store) announce(ctx context.Context, id tenancy.ID) error {
	if err := s.config.DB.Announce(ctx, tenantdb.Signal{Topic: tenantdb.TopicTenant, Tenant: id}); err != nil {
		return fmt.Errorf("tell the servers: %w", err)
	}
	return nil
}
