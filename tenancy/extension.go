package tenancy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Extension is a schema of a tenant's own, which adds attributes to one of its resource types.
type Extension struct {
	URN          string // the schema's id, as resources spell it
	ResourceType string // "User" or "Group"
	Document     string // the whole SCIM schema document (RFC 7643 section 7), JSON
	CreatedAt    time.Time
	UpdatedAt    time.Time
	// ClosedAt is since when no further resource may begin to use it, because it is being removed. Zero: it is open.
	ClosedAt time.Time
}

// Extensions are all of a tenant's, in the order in which they were added. A value is not modified once it is made.
type Extensions struct {
	List   []Extension
	Digest string // equal for lists that mean the same to a request, and different for others
}

// NewExtensions returns the extensions, nil where there are none.
func NewExtensions(list []Extension) *Extensions {
	if len(list) == 0 {
		return nil
	}
	digest := sha256.New()
	for _, e := range list {
		fmt.Fprintf(digest, "%q %q %q %t\n", e.URN, e.ResourceType, e.Document, e.ClosedAt.IsZero())
	}
	return &Extensions{List: list, Digest: hex.EncodeToString(digest.Sum(nil))}
}

// What can be wrong with an extension.
var (
	ErrExtensionNotFound = errors.New("extension not found")
	ErrExtensionLimit    = errors.New("too many extensions")
	// ErrExtensionReopened says that an extension was added again while it was being removed: it stays.
	ErrExtensionReopened = errors.New("extension was added again while it was being removed")
)

// ExtensionUsedError says that an extension stays because resources have data under it.
type ExtensionUsedError struct {
	URN, ResourceType string
	Count             int    // how many resources have data
	Example           string // the id of one
}

// Error counts the resources and names one.
func (e *ExtensionUsedError) Error() string {
	return fmt.Sprintf("extension %s is used: %d resources of type %s have data under it, such as %s", e.URN, e.Count, e.ResourceType, e.Example)
}
