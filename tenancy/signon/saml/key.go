package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"
)

// keyYears is how long a certificate of ours holds. A provider that has it does not ask for another by itself.
const keyYears = 10

// KeyPair is the key of a connection, with which requests are signed and assertions decrypted, and its certificate. While it is
// changed for another there is that one besides, which the metadata has as well and which decrypts as well. It is printed and
// logged as a placeholder.
type KeyPair struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
	other       *KeyPair // without one of its own
}

// NewKeyPair makes a key for a tenant's host. It is of RSA, since XML encryption is to no other.
func NewKeyPair(host string, now time.Time) (KeyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, minRSA)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a SAML key: %w", err)
	}
	serial := make([]byte, 16)
	rand.Read(serial) // never fails, by its documentation
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: host},
		NotBefore: now.Add(-time.Hour).UTC(), NotAfter: now.AddDate(keyYears, 0, 0).UTC(),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a SAML certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a SAML certificate: %w", err)
	}
	return KeyPair{key: key, certificate: certificate}, nil
}

// storedKey is the form of a connection's secret.
type storedKey struct {
	Key         []byte `json:"key"` // PKCS #8
	Certificate []byte `json:"certificate"`
	// Other is passed over by a program that does not know of it, which goes on with the key alone.
	Other *storedKey `json:"other,omitempty"`
}

// Secret returns the key as a connection's secret, which is to be kept sealed.
func (k KeyPair) Secret() ([]byte, error) {
	if k.key == nil {
		return nil, errors.New("keep a SAML key: there is none")
	}
	stored, err := k.stored()
	if err != nil {
		return nil, fmt.Errorf("keep a SAML key: %w", err)
	}
	return json.Marshal(stored)
}

func (k KeyPair) stored() (storedKey, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return storedKey{}, err
	}
	stored := storedKey{Key: pkcs8, Certificate: k.certificate.Raw}
	if k.other != nil {
		other, err := k.other.stored()
		if err != nil {
			return storedKey{}, err
		}
		stored.Other = &other
	}
	return stored, nil
}

// ParseKeyPair returns the key that a connection's secret is. Its errors show nothing of it.
func ParseKeyPair(secret []byte) (KeyPair, error) {
	var stored storedKey
	if json.Unmarshal(secret, &stored) != nil {
		return KeyPair{}, errors.New("read a SAML key: it is not in the form that it is kept in")
	}
	k, err := stored.pair()
	if err == nil && stored.Other != nil {
		var other KeyPair
		if other, err = stored.Other.pair(); err == nil {
			k.other = &other
		}
	}
	return k, err
}

// pair returns the key without the other one.
func (stored storedKey) pair() (KeyPair, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(stored.Key)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return KeyPair{}, errors.New("read a SAML key: it holds no RSA key")
	}
	certificate, err := x509.ParseCertificate(stored.Certificate)
	if err != nil || !key.PublicKey.Equal(certificate.PublicKey) {
		return KeyPair{}, errors.New("read a SAML key: its certificate is not its own")
	}
	return KeyPair{key: key, certificate: certificate}, nil
}

// Certificate returns what the certificate says.
func (k KeyPair) Certificate() Certificate { return shown(k.certificate) }

// CertificateDER returns the certificate, for providers that want it as a file.
func (k KeyPair) CertificateDER() []byte { return k.certificate.Raw }

// redacted is what a key looks like.
const redacted = "[redacted]"

// String returns a placeholder.
func (KeyPair) String() string { return redacted }

// GoString returns a placeholder.
func (KeyPair) GoString() string { return redacted }

// Format writes a placeholder for every verb.
func (KeyPair) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns a placeholder.
func (KeyPair) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON too.
func (KeyPair) MarshalText() ([]byte, error) { return []byte(redacted), nil }
