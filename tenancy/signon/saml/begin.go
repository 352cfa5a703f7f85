package saml

import (
	"encoding/base64"
	"fmt"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

// MaxRelayState is how many bytes the relay state may have that goes with a request (saml-bindings section 3.4.3).
const MaxRelayState = 80

// Flow is a sign-in that begins: RequestID is to be kept in the browser's session, to which the answer must come back, and
// the browser to be sent away, by a link or by a form.
type Flow struct {
	RequestID  string
	RelayState string
	URL        string // to go to; "" where a form is needed
	Form       *Form  // to post; nil where the link does it
}

// Form is what a browser posts to an identity provider.
type Form struct {
	Action      string
	SAMLRequest string
	RelayState  string
}

// Begin returns a request to the identity provider (saml-core section 3.4). relay comes back with the answer, and nothing
// tells that it is still what it was. It is answered within RequestLife. A connection without an
// identity provider is refused with ErrSetUp.
func (p *ServiceProvider) Begin(relay string) (Flow, error) {
	if len(relay) > MaxRelayState {
		return Flow{}, fmt.Errorf("begin SAML sign-in: a relay state of %d bytes: %d are the most", len(relay), MaxRelayState)
	}
	if err := p.store.Check(p.connection.Config); err != nil {
		return Flow{}, refuse(ErrSetUp, "%s", err)
	}
	sp := p.library(p.store.now())
	// As if by a link: the library would sign the request for a form before it has our ID.
	request, err := sp.MakeAuthenticationRequest(p.connection.Config.SSOURL, saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		return Flow{}, fmt.Errorf("begin SAML sign-in: %w", err)
	}
	request.ID = p.store.newRequestID(p.connection.Tenant, p.connection.ID)
	flow := Flow{RequestID: request.ID, RelayState: relay}
	if !p.connection.Config.SSOPost {
		u, err := request.Redirect(relay, sp)
		if err != nil {
			return Flow{}, fmt.Errorf("begin SAML sign-in: %w", err)
		}
		flow.URL = u.String()
		return flow, nil
	}
	if sp.SignatureMethod != "" {
		if err := sp.SignAuthnRequest(request); err != nil {
			return Flow{}, fmt.Errorf("begin SAML sign-in: %w", err)
		}
	}
	document := etree.NewDocument()
	document.SetRoot(request.Element())
	text, err := document.WriteToBytes()
	if err != nil {
		return Flow{}, fmt.Errorf("begin SAML sign-in: %w", err)
	}
	flow.Form = &Form{Action: p.connection.Config.SSOURL, SAMLRequest: base64.StdEncoding.EncodeToString(text), RelayState: relay}
	return flow, nil
}
