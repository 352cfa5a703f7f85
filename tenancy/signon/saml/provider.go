package saml

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/crewjam/saml"
	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/askspoke/spoke/tenancy"
)

// The paths of a tenant's host.
const (
	MetadataPath = "/saml/metadata"
	ACSPath      = "/saml/acs"
)

// Connection is one tenant's service provider, and the identity provider that it trusts.
type Connection struct {
	Tenant tenancy.ID
	// ID and Revision are the connection's, and come back in its results.
	ID       uuid.UUID
	Revision string
	// Base is the tenant's host as a URL without a path: "https://acme.askspoke.com".
	Base string
	Key  KeyPair
	// Config is the identity provider, which may be missing where only the metadata is asked for.
	Config Config
}

// ServiceProvider is a Connection that works. It is safe for concurrent use.
type ServiceProvider struct {
	store      *Store
	connection Connection
	base       *url.URL
}

// Provider returns the service provider of a connection. What it can do without an identity provider is Metadata.
func (s *Store) Provider(c Connection) (*ServiceProvider, error) {
	base, err := url.Parse(c.Base)
	if err != nil || base.Host == "" || base.Path != "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, fmt.Errorf("SAML service provider: %.200q is not a URL of a host", c.Base)
	}
	if c.Key.key == nil {
		return nil, errors.New("SAML service provider: it has no key")
	}
	return &ServiceProvider{store: s, connection: c, base: base}, nil
}

// EntityID returns what the service provider is called, which is also where its metadata is: the audience of assertions.
func (p *ServiceProvider) EntityID() string { return p.at(MetadataPath).String() }

// ACSURL returns where an identity provider sends its answers.
func (p *ServiceProvider) ACSURL() string { return p.at(ACSPath).String() }

func (p *ServiceProvider) at(path string) *url.URL { return p.base.JoinPath(path) }

// Metadata returns what an identity provider must know of the service provider, as XML (saml-metadata section 2.4.4).
func (p *ServiceProvider) Metadata() ([]byte, error) {
	entity := p.library(p.store.now()).Metadata()
	if other := p.connection.Key.OtherDER(); other != nil {
		for i := range entity.SPSSODescriptors {
			role := &entity.SPSSODescriptors[i]
			for _, key := range role.KeyDescriptors {
				key.KeyInfo = keyDescriptor(other).KeyInfo
				role.KeyDescriptors = append(role.KeyDescriptors, key)
			}
		}
	}
	text, err := xml.MarshalIndent(entity, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write SAML metadata: %w", err)
	}
	return append([]byte(xml.Header), text...), nil
}

// library returns the library's service provider as it is at a time.
func (p *ServiceProvider) library(now time.Time) *saml.ServiceProvider {
	c := p.connection.Config
	sp := &saml.ServiceProvider{
		EntityID: p.EntityID(), MetadataURL: *p.at(MetadataPath), AcsURL: *p.at(ACSPath),
		Key: p.connection.Key.key, Certificate: p.connection.Key.certificate,
		IDPMetadata: c.entity(), AllowIDPInitiated: c.AllowIDPInitiated,
		// The name ID is asked for in whatever form the provider has: which one it is decides what is read from it.
		AuthnNameIDFormat:                saml.UnspecifiedNameIDFormat,
		AssertionConsumerServiceBindings: []string{saml.HTTPPostBinding},
		// Many providers read metadata once and never again, and what had ended would keep them out.
		MetadataOmitValidUntil: true,
		// It shows the certificate for signatures in the metadata also while requests are not signed: one who turns that on at
		// the provider needs it there first.
		LogoutSignatureMethod: dsig.RSASHA256SignatureMethod,
		RejectSHA1Signatures:  true, RejectUnknownConditions: true,
		Clock: dsig.NewFakeClock(clockwork.NewFakeClockAt(now)),
	}
	if other := p.connection.Key.other; other != nil {
		sp.DecryptionKeys = append(sp.DecryptionKeys, other.key)
	}
	if c.SignRequests {
		sp.SignatureMethod = dsig.RSASHA256SignatureMethod
	}
	return sp
}

// entity returns the identity provider as the library knows one.
func (c Config) entity() *saml.EntityDescriptor {
	role := saml.IDPSSODescriptor{SingleSignOnServices: []saml.Endpoint{{Binding: c.binding(), Location: c.SSOURL}}}
	role.ProtocolSupportEnumeration = "urn:oasis:names:tc:SAML:2.0:protocol"
	for _, der := range c.Certificates {
		role.KeyDescriptors = append(role.KeyDescriptors, keyDescriptor(der))
	}
	return &saml.EntityDescriptor{EntityID: c.EntityID, IDPSSODescriptors: []saml.IDPSSODescriptor{role}}
}

func (c Config) binding() string {
	if c.SSOPost {
		return saml.HTTPPostBinding
	}
	return saml.HTTPRedirectBinding
}

func keyDescriptor(der []byte) saml.KeyDescriptor {
	var info saml.KeyInfo
	info.X509Data.X509Certificates = []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(der)}}
	return saml.KeyDescriptor{Use: "signing", KeyInfo: info}
}
