package samltest

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"
)

// Answer says what the forge makes. Its zero value, but for Now, Audience and Recipient, is an answer as it should be.
type Answer struct {
	Now          time.Time
	ID           string // of the assertion; "": a random one
	Issuer       string // "": the provider
	Audience     string
	Recipient    string
	InResponseTo string // of the response and of the assertion; "": the sign-in began at the provider
	NameID       string // "": ada@example.com
	Format       saml.NameIDFormat
	Attributes   map[string][]string

	// What is signed: the assertion where none is set.
	SignResponse, SignAssertion, Unsigned bool

	Key     Key    // zero: the provider's
	Method  string // of the signature; "": RSA with SHA-256
	NoCert  bool   // the signature does not name its certificate
	Encrypt *x509.Certificate
	Cipher  xmlenc.BlockCipher // nil: AES-256-GCM

	// Change and Raw change the answer before it is signed, Plain what is encrypted, and Tamper the whole after that.
	Change func(*saml.Response, *saml.Assertion)
	Raw    func(assertion *etree.Element)
	Plain  func(assertion string) string
	Tamper func(response *etree.Element)
}

// Forge returns the form in which a browser would post an answer.
func (p *Provider) Forge(a Answer) url.Values { return Form(p.ForgeXML(a)) }

// Form returns the form for an answer.
func Form(text []byte) url.Values {
	return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(text)}}
}

// ForgeXML returns an answer.
func (p *Provider) ForgeXML(a Answer) []byte {
	p.t.Helper()
	if a.Key.Private == nil {
		a.Key = p.Key
	}
	if a.Issuer == "" {
		a.Issuer = p.EntityID()
	}
	if a.ID == "" {
		a.ID = newID()
	}
	if a.NameID == "" {
		a.NameID = "ada@example.com"
	}
	if !a.SignResponse && !a.Unsigned {
		a.SignAssertion = true
	}
	response, assertion := a.response(), a.assertion()
	if a.Change != nil {
		a.Change(response, assertion)
	}
	inner := assertion.Element()
	if a.Raw != nil {
		a.Raw(inner)
	}
	if a.SignAssertion {
		inner.InsertChildAt(inner.SelectElement("Issuer").Index()+1, a.sign(p.t, inner))
	}
	if a.Encrypt != nil {
		inner = a.encrypt(p.t, inner)
	}
	root := response.Element()
	root.AddChild(inner)
	if a.SignResponse {
		response.Signature = a.sign(p.t, root.Copy())
		root = response.Element()
		root.AddChild(inner.Copy())
	}
	if a.Tamper != nil {
		a.Tamper(root)
	}
	document := etree.NewDocument()
	document.SetRoot(root)
	text, err := document.WriteToBytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, by its documentation
	return "id-" + hex.EncodeToString(b[:])
}

func (a Answer) response() *saml.Response {
	return &saml.Response{
		ID: newID(), InResponseTo: a.InResponseTo, Version: "2.0", IssueInstant: a.Now, Destination: a.Recipient,
		Issuer: &saml.Issuer{Value: a.Issuer}, Status: saml.Status{StatusCode: saml.StatusCode{Value: saml.StatusSuccess}},
	}
}

func (a Answer) assertion() *saml.Assertion {
	format := a.Format
	if format == "" {
		format = saml.EmailAddressNameIDFormat
	}
	assertion := &saml.Assertion{
		ID: a.ID, IssueInstant: a.Now, Version: "2.0", Issuer: saml.Issuer{Value: a.Issuer},
		Subject: &saml.Subject{
			NameID: &saml.NameID{Format: string(format), Value: a.NameID},
			SubjectConfirmations: []saml.SubjectConfirmation{{
				Method: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
				SubjectConfirmationData: &saml.SubjectConfirmationData{
					InResponseTo: a.InResponseTo, NotOnOrAfter: a.Now.Add(5 * time.Minute), Recipient: a.Recipient,
				},
			}},
		},
		Conditions: &saml.Conditions{
			NotBefore: a.Now, NotOnOrAfter: a.Now.Add(5 * time.Minute),
			AudienceRestrictions: []saml.AudienceRestriction{{Audience: saml.Audience{Value: a.Audience}}},
		},
		AuthnStatements: []saml.AuthnStatement{{
			AuthnInstant: a.Now, SessionIndex: newID(),
			AuthnContext: saml.AuthnContext{AuthnContextClassRef: &saml.AuthnContextClassRef{Value: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"}},
		}},
	}
	var statement saml.AttributeStatement
	for name, values := range a.Attributes {
		attribute := saml.Attribute{Name: name}
		for _, v := range values {
			attribute.Values = append(attribute.Values, saml.AttributeValue{Type: "xs:string", Value: v})
		}
		statement.Attributes = append(statement.Attributes, attribute)
	}
	if len(statement.Attributes) > 0 {
		assertion.AttributeStatements = []saml.AttributeStatement{statement}
	}
	return assertion
}

// sign returns the signature of an element.
func (a Answer) sign(t testing.TB, e *etree.Element) *etree.Element {
	t.Helper()
	pair := tls.Certificate{Certificate: [][]byte{a.Key.Certificate.Raw}, PrivateKey: a.Key.Private, Leaf: a.Key.Certificate}
	context := dsig.NewDefaultSigningContext(dsig.TLSCertKeyStore(pair))
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if a.Method != "" {
		if err := context.SetSignatureMethod(a.Method); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := context.SignEnveloped(e)
	if err != nil {
		t.Fatal(err)
	}
	signature := signed.ChildElements()[len(signed.ChildElements())-1]
	if a.NoCert {
		for _, info := range signature.SelectElements("KeyInfo") {
			signature.RemoveChild(info)
		}
	}
	return signature
}

func (a Answer) encrypt(t testing.TB, e *etree.Element) *etree.Element {
	t.Helper()
	document := etree.NewDocument()
	document.SetRoot(e.Copy())
	text, err := document.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	if a.Plain != nil {
		text = []byte(a.Plain(string(text)))
	}
	encrypter := xmlenc.OAEP()
	encrypter.DigestMethod, encrypter.BlockCipher = &xmlenc.SHA1, a.Cipher
	if a.Cipher == nil {
		encrypter.BlockCipher = xmlenc.AES256GCM
	}
	data, err := encrypter.Encrypt(a.Encrypt, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	data.CreateAttr("Type", "http://www.w3.org/2001/04/xmlenc#Element")
	encrypted := etree.NewElement("saml:EncryptedAssertion")
	encrypted.AddChild(data)
	return encrypted
}
