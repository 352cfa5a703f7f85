// Package seal keeps secrets of others that must be read again, such as those that tenants have at their identity
// providers: encrypted and authenticated by AES-256-GCM, under keys that are not in the database.
//
// What need not be read again is hashed instead, by tenancy/token.
//
// Invariants: what was sealed for one place is opened for that place alone, so that a row which is copied to another
// tenant opens nothing there. The first key seals and all open, so that keys can be changed while the program runs:
// the new one is put in front, what is stale is sealed again, and then the old one goes.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/askspoke/spoke/tenancy/token"
)

// Errors.
var (
	// ErrKey says that a list of keys is none. It never shows them.
	ErrKey = errors.New("is not 32 random bytes in base64")
	// ErrOpen says that what was sealed cannot be opened: under none of the keys, for another place, or it was changed.
	ErrOpen = errors.New("the sealed secret cannot be opened: its key is not among those that are set, or it is another's")
)

// version begins what is sealed, so that another form can follow.
const version = 1

// markSize is the length of what tells keys apart.
const markSize = 4

// purpose is what keys are derived for, from a key that may have other purposes.
const purpose = "console secrets"

type key struct {
	mark [markSize]byte
	aead cipher.AEAD
}

// Keys seal and open. They are safe for concurrent use, and show nothing however they are printed. The zero value has none.
type Keys struct{ keys []key }

// ParseKeys returns the keys of a list, separated by commas or spaces: each is 32 random bytes in base64. An empty list is
// of none. Errors wrap ErrKey and say which key of the list is wrong.
func ParseKeys(list string) ([]token.Key, error) {
	var keys []token.Key
	for i, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
		k, err := token.ParseKey(text)
		if err != nil { // its own text speaks of the key for tokens
			return nil, fmt.Errorf("key %d %w", i+1, ErrKey)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// New returns Keys: the first seals, and all open. What is sealed with is derived from each, so that the key for tokens can
// be one of them.
func New(first token.Key, others ...token.Key) (Keys, error) {
	var all Keys
	for _, k := range append([]token.Key{first}, others...) {
		if k == (token.Key{}) {
			return Keys{}, errors.New("seal: a key is missing")
		}
		bytes := k.Derive(purpose)
		block, err := aes.NewCipher(bytes[:])
		if err != nil {
			return Keys{}, fmt.Errorf("seal: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return Keys{}, fmt.Errorf("seal: %w", err)
		}
		sum := sha256.Sum256(append([]byte("spoke: mark of a key: "), bytes[:]...))
		all.keys = append(all.keys, key{[markSize]byte(sum[:markSize]), aead})
	}
	return all, nil
}

// Seal returns a secret sealed for a place: a text that names whose it is and what for, which is not kept with it.
func (k Keys) Seal(place string, secret []byte) ([]byte, error) {
	if len(k.keys) == 0 {
		return nil, errors.New("seal: there is no key")
	}
	sealed := append([]byte{version}, k.keys[0].mark[:]...)
	return k.keys[0].aead.Seal(sealed, nil, secret, []byte(place)), nil
}

// Open returns the secret that was sealed for a place, or ErrOpen.
func (k Keys) Open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+markSize || sealed[0] != version {
		return nil, ErrOpen
	}
	for _, candidate := range k.keys {
		if [markSize]byte(sealed[1:1+markSize]) != candidate.mark {
			continue
		}
		if secret, err := candidate.aead.Open(nil, nil, sealed[1+markSize:], []byte(place)); err == nil {
			return secret, nil
		}
	}
	return nil, ErrOpen
}

// Stale says whether another than the first key has sealed it, so that it should be sealed again.
func (k Keys) Stale(sealed []byte) bool {
	return len(k.keys) > 0 && (len(sealed) < 1+markSize || [markSize]byte(sealed[1:1+markSize]) != k.keys[0].mark)
}

// String returns a placeholder.
func (Keys) String() string { return "[redacted]" }

// GoString returns a placeholder.
func (Keys) GoString() string { return "[redacted]" }

// Format writes a placeholder for every verb.
func (Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// LogValue returns a placeholder.
func (Keys) LogValue() slog.Value { return slog.StringValue("[redacted]") }
