package tenancy

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// ID is a tenant's identity: a UUID as lower-case text with hyphens. It never changes.
type ID string

// NewID returns a random ID (a version 4 UUID).
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails, by its documentation
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// ParseID returns the ID that s spells, lower-cased. The error wraps ErrIDInvalid.
func ParseID(s string) (ID, error) {
	id := ID(strings.ToLower(s))
	if _, ok := id.Hex(); !ok {
		return "", fmt.Errorf("%w: %.40q", ErrIDInvalid, s)
	}
	return id, nil
}

// Hex returns the 32 lower-case hexadecimal digits of the ID, and false when it is not a UUID in its canonical form.
func (id ID) Hex() (string, bool) {
	if len(id) != 36 {
		return "", false
	}
	digits := make([]byte, 0, 32)
	for i := range len(id) {
		c := id[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return "", false
			}
			digits = append(digits, c)
		}
	}
	return string(digits), true
}
