package saml

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/crewjam/saml"

	"github.com/askspoke/spoke/tenancy/signon"
)

// MaxForm is how many bytes a form with an answer may have.
const MaxForm = 1 << 20

// Bounds of an answer: that of a person in a thousand groups fits.
const (
	maxMessage  = 512 << 10 // bytes of XML
	maxElements = 20_000
	maxDepth    = 50
)

// The namespaces of an answer.
const (
	protocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	signature = "http://www.w3.org/2000/09/xmldsig#"
)

// message is an answer as it arrived. What it says counts for nothing before its signature is verified, but to refuse it.
type message struct {
	xml          []byte
	inResponseTo string
	encrypted    bool
	signed       bool // there is a signature, or may be one where it is encrypted
}

// readForm returns the answer in a form (saml-bindings section 3.5) and the relay state, cut where it is too long to be ours.
func readForm(form url.Values) (m message, relay string, err error) {
	texts := form["SAMLResponse"]
	if len(texts) != 1 || len(form["RelayState"]) > 1 {
		return message{}, "", refuse(ErrMalformed, "%d responses and %d relay states", len(texts), len(form["RelayState"]))
	}
	if len(texts[0]) > base64.StdEncoding.EncodedLen(maxMessage)*103/100 { // with its line breaks
		return message{}, "", refuse(ErrTooLarge, "")
	}
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(texts[0]), ""))
	if err != nil {
		return message{}, "", refuse(ErrMalformed, "no base64")
	}
	if len(text) > maxMessage {
		return message{}, "", refuse(ErrTooLarge, "")
	}
	m, err = inspect(text)
	if relay = form.Get("RelayState"); len(relay) > maxText {
		relay = ""
	}
	return m, relay, err
}

// inspect refuses what no identity provider sends, and so leaves nothing to wrap a signature with or to hide beside one: the
// answer has one response, in it one assertion at most, each ID once, and signatures in these two alone.
func inspect(text []byte) (message, error) {
	m, ids, assertions, elements := message{xml: text}, map[string]bool{}, 0, 0
	var path []xml.Name
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			if elements == 0 {
				return message{}, refuse(ErrMalformed, "no element")
			}
			m.signed = m.signed || m.encrypted
			return m, nil
		case err != nil:
			return message{}, refuse(ErrMalformed, "%s", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return message{}, refuse(ErrHostile, "a document type")
		case xml.Comment:
			return message{}, refuse(ErrHostile, "a comment")
		case xml.ProcInst:
			if t.Target != "xml" || elements > 0 {
				return message{}, refuse(ErrHostile, "a processing instruction")
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.StartElement:
			if elements++; elements > maxElements || len(path) >= maxDepth {
				return message{}, refuse(ErrTooLarge, "")
			}
			if elements > 1 && len(path) == 0 {
				return message{}, refuse(ErrHostile, "a second root")
			}
			if err := m.enter(t, path, ids, &assertions); err != nil {
				return message{}, err
			}
			path = append(path, t.Name)
		}
	}
}

// enter looks at an element that stands at a path.
func (m *message) enter(e xml.StartElement, path []xml.Name, ids map[string]bool, assertions *int) error {
	response := xml.Name{Space: protocol, Local: "Response"}
	switch e.Name.Local { // in any namespace: the wrong one is no way around
	case "Response":
		if len(path) != 0 {
			return refuse(ErrHostile, "a response in the response")
		}
	case "Assertion", "EncryptedAssertion":
		if *assertions++; *assertions > 1 || len(path) != 1 || e.Name.Space != assertion {
			return refuse(ErrHostile, "an assertion beside or within another element's")
		}
		m.encrypted = e.Name.Local == "EncryptedAssertion"
	case "Signature":
		parent := xml.Name{}
		if len(path) > 0 {
			parent = path[len(path)-1]
		}
		if e.Name.Space != signature || len(path) > 2 || parent != response && parent != (xml.Name{Space: assertion, Local: "Assertion"}) {
			return refuse(ErrHostile, "a signature where none belongs")
		}
		m.signed = true
	}
	if len(path) == 0 && e.Name != response {
		return refuse(ErrMalformed, "the root is %s", e.Name.Local)
	}
	for i, a := range e.Attr {
		switch {
		case slices.ContainsFunc(e.Attr[:i], func(other xml.Attr) bool { return other.Name == a.Name }):
			// XML has none, and the decoder lets it pass: who reads the first would read another than who reads the last.
			return refuse(ErrMalformed, "an attribute that is there twice")
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
		case strings.EqualFold(a.Name.Local, "id"):
			if ids[a.Value] {
				return refuse(ErrHostile, "an ID that is there twice")
			}
			ids[a.Value] = true
		case len(path) == 0 && a.Name == xml.Name{Local: "InResponseTo"}:
			m.inResponseTo = a.Value
		}
	}
	return nil
}

// denied returns the refusal for an answer that says something else than success.
func (m message) denied() error {
	var r saml.Response
	if m.inResponseTo == "" || xml.Unmarshal(m.xml, &r) != nil {
		// Anybody can write an answer that nobody asked for, and what it says would stand on our page.
		return refuse(ErrStatus, "")
	}
	code := r.Status.StatusCode.Value
	if inner := r.Status.StatusCode.StatusCode; inner != nil && inner.Value != "" {
		code = inner.Value
	}
	var said string
	if r.Status.StatusMessage != nil {
		said = signon.Line(r.Status.StatusMessage.Value, maxSaid)
	}
	return denied(signon.Line(code[strings.LastIndexByte(code, ':')+1:], maxSaid), said)
}

// maxSaid is how many bytes of a provider's own words are shown.
const maxSaid = 200
