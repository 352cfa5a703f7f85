package tenancy

import (
	"fmt"
	"strings"
)

// Slug is a tenant's short name and the first label of its host: 2 to 40 of a-z, 0-9 and single inner hyphens.
type Slug string

// The bounds of a slug's length. A DNS label may have 63 octets; 40 leaves room for a prefix such as a preview's.
const (
	slugMin = 2
	slugMax = 40
)

// ParseSlug returns the slug that s spells, lower-cased and without surrounding space. The error is an *SlugError, for
// which errors.Is(err, ErrSlugInvalid) holds.
func ParseSlug(s string) (Slug, error) {
	slug := strings.ToLower(strings.TrimSpace(s))
	if reason := slugReason(slug); reason != "" {
		return "", &SlugError{Slug: s, Reason: reason}
	}
	return Slug(slug), nil
}

func slugReason(s string) string {
	if len(s) < slugMin || len(s) > slugMax {
		return fmt.Sprintf("must have %d to %d characters", slugMin, slugMax)
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return "may contain only the letters a to z, digits and hyphens"
		}
	}
	switch {
	case strings.HasPrefix(s, "-"), strings.HasSuffix(s, "-"):
		return "must begin and end with a letter or a digit"
	case strings.Contains(s, "--"): // excludes xn--, the mark of an internationalised label (RFC 5890 §2.3.1)
		return "may not contain two hyphens in a row"
	case reserved()[s]:
		return "is reserved"
	}
	return ""
}
