package saml

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
)

// RequestLife is how long a request of ours may be answered.
const RequestLife = signon.FlowLife

// A request's ID says itself by which connection it was made and until when it may be answered, and that we made it for the
// tenant, so that a stranger who asks for a thousand of them writes nothing anywhere.
const (
	requestPrefix   = "_" // an xs:ID begins with no digit
	nonceBytes      = 16
	connectionBytes = 16
	expiryBytes     = 8
	markBytes       = 16
	saidBytes       = nonceBytes + connectionBytes + expiryBytes
)

func (s *Store) newRequestID(tenant tenancy.ID, connection uuid.UUID) string {
	b := make([]byte, nonceBytes, saidBytes+markBytes)
	rand.Read(b) // never fails, by its documentation
	b = append(b, connection[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.now().Add(RequestLife).Unix()))
	return requestPrefix + base64.RawURLEncoding.EncodeToString(append(b, s.markRequest(tenant, b)...))
}

func (s *Store) markRequest(tenant tenancy.ID, said []byte) []byte {
	mac := hmac.New(sha256.New, s.request[:])
	mac.Write([]byte(tenant))
	mac.Write([]byte{0})
	mac.Write(said)
	return mac.Sum(nil)[:markBytes]
}

// readRequestID returns by which connection a request of ours was made, and until when it may be answered. Errors: ErrForeign,
// ErrLate.
func (s *Store) readRequestID(tenant tenancy.ID, id string) (connection string, expires time.Time, err error) {
	text, ok := strings.CutPrefix(id, requestPrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(b) != saidBytes+markBytes {
		return "", time.Time{}, refuse(ErrForeign, "InResponseTo is not in the form of ours")
	}
	said := b[:saidBytes]
	if !hmac.Equal(b[saidBytes:], s.markRequest(tenant, said)) {
		return "", time.Time{}, refuse(ErrForeign, "InResponseTo is none of this tenant's")
	}
	expires = time.Unix(int64(binary.BigEndian.Uint64(said[nonceBytes+connectionBytes:])), 0)
	if !s.now().Before(expires) {
		return "", time.Time{}, refuse(ErrLate, "the request could be answered until %s", expires.UTC().Format(time.RFC3339))
	}
	return uuid.UUID(said[nonceBytes : nonceBytes+connectionBytes]).String(), expires, nil
}
