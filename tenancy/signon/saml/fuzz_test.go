package saml_test

import (
	"errors"
	"testing"

	"github.com/beevik/etree"

	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// Whatever arrives is refused in words, or is a response with one assertion at most, in its place.
func FuzzInspect(f *testing.F) {
	response := `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a" InResponseTo="b">`
	for _, inside := range []string{
		"", "<saml:Assertion ID='b'/>", "<saml:Assertion ID='b'><saml:Assertion ID='c'/></saml:Assertion>", "<x><saml:Assertion/></x>", "<!-- -->", "<?x?>", "<![CDATA[x]]>",
		"<saml:EncryptedAssertion/>", "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>", "<x ID='a'/>", "&amp;", "&x;",
	} {
		f.Add([]byte(response + inside + "</samlp:Response>"))
	}
	f.Add([]byte("<!DOCTYPE x>" + response))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := saml.Inspect(text)
		if err != nil {
			var refusal *signon.Refusal
			if !errors.As(err, &refusal) || refusal.Sentence == "" {
				t.Fatalf("%v is no refusal", err)
			}
			return
		}
		document := etree.NewDocument()
		if err := document.ReadFromBytes(text); err != nil {
			return // the library reads it the same way, and refuses it
		}
		root := document.Root()
		if root.Tag != "Response" || root.NamespaceURI() != "urn:oasis:names:tc:SAML:2.0:protocol" {
			t.Fatalf("the root is %s", root.FullTag())
		}
		found := 0
		for _, e := range root.FindElements(".//*") {
			if e.Tag == "Assertion" || e.Tag == "EncryptedAssertion" {
				if found++; found > 1 || e.Parent() != root {
					t.Fatalf("an assertion in %s", e.GetPath())
				}
			}
		}
		for _, child := range document.Child {
			if _, ok := child.(*etree.Directive); ok {
				t.Fatal("a document type")
			}
		}
	})
}
