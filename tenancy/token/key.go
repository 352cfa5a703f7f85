package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// keySize is a Key's length in bytes.
const keySize = 32

// ErrKey is what ParseKey's errors wrap. They say what is wrong and never show the key.
var ErrKey = errors.New("token key")

// Key is the secret under which tokens are hashed. It is in the environment and not in the database, so that a copy of
// the database tells nobody which tokens there are. Whoever changes it makes every token unknown. It is printed and
// logged as a placeholder.
type Key struct{ bytes [keySize]byte }

// ParseKey returns the key in text: 32 bytes in base64, standard or URL alphabet, padded or not.
func ParseKey(text string) (Key, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	if text == "" {
		return Key{}, fmt.Errorf("%w is not set: give %d random bytes in base64", ErrKey, keySize)
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	b, err := encoding.DecodeString(text)
	if err != nil { // the decoder's own text says at which byte, which is no help and tells something of the key
		return Key{}, fmt.Errorf("%w is not base64", ErrKey)
	}
	if len(b) != keySize {
		return Key{}, fmt.Errorf("%w has %d bytes and needs %d", ErrKey, len(b), keySize)
	}
	var k Key
	copy(k.bytes[:], b)
	if k == (Key{}) {
		return Key{}, fmt.Errorf("%w is all zeros: give random bytes", ErrKey)
	}
	return k, nil
}

// GenerateKey returns the text of a random key, for ParseKey.
func GenerateKey() string {
	var b [keySize]byte
	rand.Read(b[:]) // never fails, by its documentation
	return base64.StdEncoding.EncodeToString(b[:])
}

// Hash is how a secret is stored and looked up.
type Hash [sha256.Size]byte

// Hash returns the HMAC-SHA-256 of a secret under the key.
func (k Key) Hash(s Secret) Hash {
	mac := hmac.New(sha256.New, k.bytes[:])
	mac.Write([]byte(s.text))
	var h Hash
	mac.Sum(h[:0])
	return h
}

// String returns a placeholder.
func (Key) String() string { return redacted }

// GoString returns a placeholder.
func (Key) GoString() string { return redacted }

// Format writes a placeholder for every verb.
func (Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns a placeholder.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON too.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
