package token

import (
	"crypto/hkdf"
	"crypto/sha256"
)

// Derive returns a key for another purpose (RFC 5869), so that whoever runs Spoke keeps one secret. Each purpose has a key
// of its own, which tells nothing of this one; every replica derives the same.
func (k Key) Derive(purpose string) [keySize]byte {
	b, err := hkdf.Key(sha256.New, k.bytes[:], nil, "spoke: "+purpose, keySize)
	if err != nil {
		panic("derive a key: " + err.Error()) // too long, which it is not
	}
	return [keySize]byte(b)
}
