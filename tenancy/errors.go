package tenancy

import (
	"errors"
	"fmt"
)

// What can be wrong with a tenant or a host. They are compared with errors.Is; the packages below wrap them.
var (
	ErrNotFound     = errors.New("tenant not found")
	ErrHostNotFound = errors.New("host belongs to no tenant")
	ErrSlugTaken    = errors.New("slug is taken")
	// ErrSlugConfusable says that a new slug can be taken for that of another tenant, whose name is not told.
	ErrSlugConfusable = errors.New("slug looks like one that is taken")
	ErrHostTaken      = errors.New("host is taken")
	ErrHostInvalid    = errors.New("host is invalid")
	ErrHostLimit      = errors.New("tenant has too many hosts")
	ErrSlugInvalid    = errors.New("slug is invalid")
	ErrIDInvalid      = errors.New("tenant id is not a UUID")
	ErrStateInvalid   = errors.New("tenant state is invalid")
	ErrSettings       = errors.New("tenant settings are invalid")
	// ErrVersion says that the tenant was changed since it was read: read again and try again.
	ErrVersion = errors.New("tenant has another version")
)

// SlugError says why a slug is refused. Reason completes the sentence "the slug …" and may be shown to a client.
type SlugError struct {
	Slug   string // as it was given
	Reason string
}

// Error returns the slug and the reason.
func (e *SlugError) Error() string { return fmt.Sprintf("slug %.60q %s", e.Slug, e.Reason) }

// Is makes errors.Is(err, ErrSlugInvalid) true.
func (e *SlugError) Is(target error) bool { return target == ErrSlugInvalid }

// HostError says why no tenant can have a host of its own by that name. Reason completes the sentence "the host …" and may
// be shown to a client.
type HostError struct {
	Host   string // as it was given
	Reason string
}

// Error returns the host and the reason.
func (e *HostError) Error() string { return fmt.Sprintf("host %.80q %s", e.Host, e.Reason) }

// Is makes errors.Is(err, ErrHostInvalid) true.
func (e *HostError) Is(target error) bool { return target == ErrHostInvalid }
