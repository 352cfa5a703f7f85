package hostclaim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/askspoke/spoke/tenancy"
)

// Why a claim is not verified. Publishing the record, waiting, or claiming again can change each.
var (
	ErrRecordMissing = errors.New("there is no such TXT record")
	ErrRecordDiffers = errors.New("the TXT record has another value")
	ErrDNS           = errors.New("the DNS could not be asked")
	ErrExpired       = errors.New("the claim has expired: claim the host again")
)

// Bounds of what a RecordError shows: anybody can publish anything.
const (
	maxFound       = 5   // values
	maxFoundLength = 100 // bytes of each
)

// RecordError says what is wrong with the TXT record of a host. Its text may be shown to a client.
type RecordError struct {
	Record string   // the name of the record
	Value  string   // what it must say
	Found  []string // what it says, cut short; none: there is no record
	More   int      // how many other values it has
	// Err is ErrRecordMissing, ErrRecordDiffers or ErrDNS, whose cause is Cause. The text leaves the cause out.
	Err, Cause error
}

// Error names the record and what is wrong.
func (e *RecordError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "TXT record %s: %v", e.Record, e.Err)
	for i, found := range e.Found {
		fmt.Fprintf(&b, "%s %q", map[bool]string{true: ":", false: ","}[i == 0], found)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, " and %d more", e.More)
	}
	return b.String()
}

// Unwrap returns Err and, if there is one, Cause.
func (e *RecordError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

// Verify looks the TXT record of a claimed host up, and gives the host to the tenant when it says what it must. A host that
// the tenant has verified already is returned as it is. The replicas follow within a second.
//
// Errors: tenancy.ErrHostNotFound, ErrExpired, *RecordError, tenancy.ErrHostTaken where another tenant was first,
// tenancy.ErrNotFound, *tenancy.StateError.
func (s *Store) Verify(ctx context.Context, id tenancy.ID, host string) (Host, error) {
	verified, err := s.verify(ctx, id, host)
	if err != nil {
		return Host{}, fmt.Errorf("verify host %.80q: %w", host, err)
	}
	return verified, nil
}

func (s *Store) verify(ctx context.Context, id tenancy.ID, host string) (Host, error) {
	if err := checkTenant(ctx, s.config.DB, id, ""); err != nil {
		return Host{}, err
	}
	h, err := s.find(ctx, id, host)
	switch {
	case err != nil:
		return Host{}, err
	case !h.VerifiedAt.IsZero():
		return h, s.announce(ctx, id) // it may be what was missing
	case !h.ExpiresAt.After(s.now()):
		return Host{}, ErrExpired
	}
	if err := free(ctx, s.config.DB, h.Name); err != nil {
		return Host{}, err
	}
	if err := s.lookUp(ctx, h); err != nil {
		return Host{}, err
	}
	return s.give(ctx, id, h)
}

// lookUp asks the DNS for the record. The error is a *RecordError, or that of ctx.
func (s *Store) lookUp(ctx context.Context, h Host) error {
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	// The dot at the end: the name is whole, and no search domain of this machine is appended.
	values, err := s.config.Resolver.LookupTXT(limited, h.Record+".")
	wrong := &RecordError{Record: h.Record, Value: h.Value}
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &dns) && dns.IsNotFound, err == nil && len(values) == 0:
		wrong.Err = ErrRecordMissing
		return wrong
	case err != nil:
		wrong.Err, wrong.Cause = ErrDNS, err
		return wrong
	case slices.ContainsFunc(values, func(v string) bool { return strings.Trim(v, "\" \t") == h.Value }):
		return nil // quotes and space are what some forms for records add
	}
	wrong.Err = ErrRecordDiffers
	for _, v := range values[:min(len(values), maxFound)] {
		wrong.Found = append(wrong.Found, strings.ToValidUTF8(v[:min(len(v), maxFoundLength)], "�"))
	}
	wrong.More = len(values) - len(wrong.Found)
	return wrong
}

// give makes the host the tenant's, unless another one has it or the claim is gone. The claim goes after it: should that
// be broken off, it is not listed any more and expires.
func (s *Store) give(ctx context.Context, id tenancy.ID, h Host) (Host, error) {
	_, err := s.config.DB.ExecContext(ctx, `INSERT INTO `+hosts+` (host, tenant_id, created_at)
		SELECT c.host, c.tenant_id, $4 FROM `+claims+` AS c JOIN `+tenants+` AS t ON t.id = c.tenant_id
			WHERE c.tenant_id = $1 AND c.host = $2 AND c.value = $3 AND t.state = ANY ($5)
		ON CONFLICT (host) DO NOTHING`, string(id), h.Name, h.Value, s.now(), settled)
	if err != nil {
		return Host{}, err
	}
	given, err := s.find(ctx, id, h.Name)
	if err == nil && given.VerifiedAt.IsZero() {
		if err = free(ctx, s.config.DB, h.Name); err == nil {
			err = checkTenant(ctx, s.config.DB, id, "")
		}
		if err == nil {
			err = ErrExpired // and was claimed anew meanwhile
		}
	}
	if err != nil {
		return Host{}, err
	}
	_, err = s.config.DB.ExecContext(ctx, `DELETE FROM `+claims+` WHERE tenant_id = $1 AND host = $2`, string(id), h.Name)
	if err != nil {
		return Host{}, err
	}
	return given, s.announce(ctx, id)
}
