package saml

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"

	"github.com/askspoke/spoke/tenancy/signon"
)

// MaxMetadata is how many bytes the metadata of an identity provider may have.
const MaxMetadata = 512 << 10

// MetadataError says why a text is not taken as an identity provider's metadata. Reason completes a sentence that begins with
// the metadata.
type MetadataError struct{ Reason string }

// Error returns the reason.
func (e *MetadataError) Error() string { return "the metadata " + e.Reason }

// ParseMetadata returns the identity provider in a text of metadata (saml-metadata section 2), with nothing else set. The error
// is a *MetadataError or a *ConfigError.
func (s *Store) ParseMetadata(text []byte) (c Config, err error) {
	if len(text) > MaxMetadata {
		return Config{}, &MetadataError{fmt.Sprintf("has more than %d KiB: that of one identity provider is needed", MaxMetadata>>10)}
	}
	text = bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf"))
	if err := plain(text); err != nil {
		return Config{}, err
	}
	entity, err := samlsp.ParseMetadata(text)
	if err != nil {
		return Config{}, &MetadataError{"cannot be read: " + signon.Line(err.Error(), 200)}
	}
	if len(entity.IDPSSODescriptors) == 0 {
		return Config{}, &MetadataError{"is of no identity provider: it has no IDPSSODescriptor. Ours was perhaps given back to us"}
	}
	c.EntityID = entity.EntityID
	c.SSOURL, c.SSOPost = endpoint(entity)
	if c.SSOURL == "" {
		return Config{}, &MetadataError{"names no sign-on service by HTTP-Redirect or HTTP-POST"}
	}
	for _, role := range entity.IDPSSODescriptors {
		c.SignRequests = c.SignRequests || role.WantAuthnRequestsSigned != nil && *role.WantAuthnRequestsSigned
		for _, key := range role.KeyDescriptors {
			if key.Use != "" && key.Use != "signing" {
				continue
			}
			for _, certificate := range key.KeyInfo.X509Data.X509Certificates {
				der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(certificate.Data), ""))
				if err != nil {
					return Config{}, &MetadataError{"has a certificate that is not base64"}
				}
				c.Certificates = append(c.Certificates, der)
			}
		}
	}
	if err := s.Check(c); err != nil {
		return Config{}, err
	}
	return c, nil
}

// endpoint returns where a browser is sent: by a link where the provider takes one.
func endpoint(entity *saml.EntityDescriptor) (address string, post bool) {
	for _, binding := range []string{saml.HTTPRedirectBinding, saml.HTTPPostBinding} {
		for _, role := range entity.IDPSSODescriptors {
			for _, service := range role.SingleSignOnServices {
				if service.Binding == binding {
					return service.Location, binding == saml.HTTPPostBinding
				}
			}
		}
	}
	return "", false
}

// plain refuses XML with a document type, whose entities could make much of little or name files. The error is a
// *MetadataError.
func plain(text []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &MetadataError{"is not XML: " + signon.Line(err.Error(), 200)}
		}
		if _, ok := token.(xml.Directive); ok {
			return &MetadataError{"has a document type, which is not read"}
		}
	}
}
