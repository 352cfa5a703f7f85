package saml

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy/signon"
)

// What a key may have: fewer bits can be broken, and more are there to keep us busy.
const (
	minRSA = 2048
	maxRSA = 8192
)

// WarnBefore is how long before a certificate ends an administrator is told.
const WarnBefore = 30 * 24 * time.Hour

// Certificate is what of a certificate an administrator compares.
type Certificate struct {
	Subject             string
	NotBefore, NotAfter time.Time
	Fingerprint         string // the SHA-256 of it, as "AB:CD:…"
}

// State is what a certificate is at a time: "valid", "ending" where that is within WarnBefore, "ended" or "early".
func (c Certificate) State(at time.Time) string {
	switch {
	case at.After(c.NotAfter):
		return "ended"
	case at.Before(c.NotBefore):
		return "early"
	case c.NotAfter.Sub(at) <= WarnBefore:
		return "ending"
	}
	return "valid"
}

// ShownCertificates returns what the certificates of a Config say, without those that cannot be read.
func (c Config) ShownCertificates() []Certificate {
	var list []Certificate
	for _, der := range c.Certificates {
		if parsed, err := parseCertificate(der); err == nil {
			list = append(list, shown(parsed))
		}
	}
	return list
}

func shown(c *x509.Certificate) Certificate {
	sum := sha256.Sum256(c.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return Certificate{
		Subject: signon.Line(c.Subject.String(), 200), NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Fingerprint: strings.Join(pairs, ":"),
	}
}

// ParseCertificates returns the certificates in a text of PEM, in DER. The text of its error completes a sentence that begins
// with the text.
func ParseCertificates(text []byte) ([][]byte, error) {
	var list [][]byte
	for len(list) <= maxCertificates {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("holds %.40q and not only certificates", block.Type)
		}
		if _, err := parseCertificate(block.Bytes); err != nil {
			return nil, err
		}
		list = append(list, block.Bytes)
	}
	switch {
	case len(list) == 0:
		return nil, errors.New("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")
	case len(list) > maxCertificates:
		return nil, fmt.Errorf("holds more than %d certificates", maxCertificates)
	}
	return list, nil
}

// parseCertificate returns the certificate that an answer may be verified with. The text of its error completes a sentence
// that begins with the certificate. Whether it has ended is asked when it is used.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("cannot be read as an X.509 certificate")
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSA || bits > maxRSA {
			return nil, fmt.Errorf("has an RSA key of %d bits: %d to %d are taken", bits, minRSA, maxRSA)
		}
	case *ecdsa.PublicKey:
	default:
		return nil, errors.New("has neither an RSA nor an ECDSA key")
	}
	return c, nil
}
