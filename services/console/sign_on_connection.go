package console

import (
	"time"

	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnNew asks for a connection's settings, and says what to give to the provider.
func (s *Server) signOnNew(x *exchange) error {
	p := signOnProviderOf(x.Query("provider"))
	return x.show("sign_on_new", signOnForm{
		Kind: p.Kind, Provider: p, Action: signOnPath + "?provider=" + p.Key, Name: p.Name, OIDC: signon.OIDC{EmailClaim: "email"}, Redirect: x.redirectURI(),
	})
}

// signOnCreate makes a connection.
func (s *Server) signOnCreate(x *exchange) error {
	p := signOnProviderOf(x.Query("provider"))
	if p.Kind == signon.KindSAML {
		return s.createSAML(x, signOnForm{Kind: p.Kind, Provider: p, Action: signOnPath + "?provider=" + p.Key})
	}
	form, secret, ok := x.readForm(signOnForm{Kind: p.Kind, Provider: p, Action: signOnPath + "?provider=" + p.Key, Redirect: x.redirectURI()})
	if !ok {
		return x.showAgain("sign_on_new", form)
	}
	c, err := s.SignOn.Create(x.context(), signon.NewConnection{
		Tenant: x.tenant.ID, Kind: signon.KindOIDC, Name: form.Name, Config: form.OIDC, Secret: secret, Provision: form.Provision, CreatedBy: x.viewer.Actor,
	})
	if err != nil {
		if form, err = x.signOnProblem(form, err); err != nil {
			return err
		}
		return x.showAgain("sign_on_new", form)
	}
	x.resource = c.ID
	return x.seeOther(signOnPath+"/"+c.ID, done("The connection is saved. Nobody signs in by it yet: test it first."))
}

// connection returns the connection that the path names.
func (x *exchange) connection() (signon.Connection, error) {
	c, err := x.server.SignOn.Get(x.context(), x.tenant.ID, x.Param("id"))
	if err != nil {
		return c, signOnRefusal(err)
	}
	x.resource = c.ID
	return c, nil
}

// signOnPage is what the page of a connection shows.
type signOnPage struct {
	Connection signon.Connection
	TestedBy   string
	Form       signOnForm
	SAML       *samlForm     // of a connection by SAML, which has no Form
	Test       *signOnResult // the last of this browser's
	Owner      bool
	Editor     bool
	Known      int // administrators who have come by it
	Now        time.Time
}

func (s *Server) signOnPageOf(x *exchange, c signon.Connection) (signOnPage, error) {
	var form signOnForm
	var bySAML *samlForm
	var err error
	if c.Kind == signon.KindSAML {
		bySAML, err = s.samlFormOf(x, c)
	} else {
		form, err = x.formOf(c)
	}
	if err != nil {
		return signOnPage{}, err
	}
	known, err := s.SignOn.Known(x.context(), x.tenant.ID, c.ID)
	if err != nil {
		return signOnPage{}, err
	}
	p := signOnPage{
		Connection: c, TestedBy: s.actorName(x, c.TestedBy), Form: form, SAML: bySAML, Owner: x.viewer.may(owner),
		Editor: x.viewer.may(signOnEditor) && (x.viewer.Kind != byLink || !c.Live()), Known: len(known), Now: x.now(),
	}
	p.Form.ReadOnly = !p.Editor
	var result signOnResult
	if x.take(signOnResultKey, &result) && result.Connection == c.ID && result.Revision == c.Revision {
		p.Test = &result
	}
	return p, nil
}

// signOnConnection is the page of a connection.
func (s *Server) signOnConnection(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	p, err := s.signOnPageOf(x, c)
	if err != nil {
		return err
	}
	return x.show("sign_on_connection", p)
}

// signOnChange changes a connection. Who came by a link changes drafts alone.
func (s *Server) signOnChange(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	p, err := s.signOnPageOf(x, c)
	if err != nil {
		return err
	}
	if p.SAML != nil {
		return s.changeSAMLOptions(x, p)
	}
	form, secret, ok := x.readForm(p.Form)
	if ok {
		_, err = s.SignOn.Change(x.context(), x.tenant.ID, c.ID, signon.ConnectionChange{
			Revision: form.Revision, Name: form.Name, Config: form.OIDC, Secret: secret, Provision: form.Provision, DraftOnly: x.viewer.Kind == byLink, By: x.viewer.Actor,
		})
		if err == nil {
			return x.seeOther(signOnPath+"/"+c.ID, done("The connection is changed."))
		}
		if form, err = x.signOnProblem(form, err); err != nil {
			return err
		}
	}
	p.Form = form
	return x.showAgain("sign_on_connection", p)
}

// signOnCopy makes a draft of a connection, to change what may not be changed itself.
func (s *Server) signOnCopy(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	name := signon.Line("Copy of "+c.Name, 100)
	made, err := s.SignOn.Copy(x.context(), x.tenant.ID, c.ID, name, x.viewer.Actor)
	if err != nil {
		return signOnRefusal(err)
	}
	x.resource = made.ID
	return x.seeOther(signOnPath+"/"+made.ID, done("This is a draft with the same settings and secret. Change it, test it, and have it count instead."))
}

// signOnRemove removes a draft.
func (s *Server) signOnRemove(x *exchange) error {
	x.resource = idOf(x.Param("id"))
	if err := s.SignOn.Remove(x.context(), x.tenant.ID, x.Param("id")); err != nil {
		return signOnRefusal(err)
	}
	return x.seeOther(signOnPath, done("The connection is removed, and its secret with it."))
}

// signOnTest sends the browser to the provider, to see what comes back. Nobody is signed in by it.
func (s *Server) signOnTest(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	return x.toProvider(c, true, "")
}
