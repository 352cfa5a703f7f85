package signonsetting

import (
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnNew asks for a connection's settings, and says what to give to the provider.
func (s *Pages) signOnNew(x *web.Exchange) error {
	p := signOnProviderOf(x.Query("provider"))
	callback, err := s.SignOn.FreeCallback(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	return x.Show("sign_on_new", signOnForm{
		Kind: p.Kind, Provider: p, Action: place.SignOn + "?provider=" + p.Key, Name: p.Button(), OIDC: signon.OIDC{EmailClaim: "email", Callback: callback},
		Redirect: s.In.RedirectURI(x, callback),
	})
}

// signOnCreate makes a connection.
func (s *Pages) signOnCreate(x *web.Exchange) error {
	p := signOnProviderOf(x.Query("provider"))
	if p.Kind == signon.KindSAML {
		return s.createSAML(x, signOnForm{Kind: p.Kind, Provider: p, Action: place.SignOn + "?provider=" + p.Key})
	}
	form, secret, ok := s.readForm(x, signOnForm{Kind: p.Kind, Provider: p, Action: place.SignOn + "?provider=" + p.Key})
	if !ok {
		return x.ShowAgain("sign_on_new", form)
	}
	c, err := s.SignOn.Create(x.Context(), signon.NewConnection{
		Tenant: x.Tenant.ID, Kind: signon.KindOIDC, Name: form.Name, Config: form.OIDC, Secret: secret, Provision: form.Provision, CreatedBy: x.Viewer.Actor,
	})
	if err != nil {
		if form, err = s.signOnProblem(x, form, err); err != nil {
			return err
		}
		return x.ShowAgain("sign_on_new", form)
	}
	x.Resource = c.ID
	return x.SeeOther(place.SignOn+"/"+c.ID, web.Done("The connection is saved. Nobody signs in with it yet: test it first."))
}

// connection returns the connection that the path names.
func (s *Pages) connection(x *web.Exchange) (signon.Connection, error) {
	c, err := s.SignOn.Get(x.Context(), x.Tenant.ID, x.Param("id"))
	if err != nil {
		return c, signin.Refusal(err)
	}
	x.Resource = c.ID
	return c, nil
}

// signOnPage is what the page of a connection shows.
type signOnPage struct {
	Connection signon.Connection
	TestedBy   string
	Form       signOnForm
	SAML       *samlForm      // of a connection by SAML, which has no Form
	Test       *signin.Result // the last of this browser's
	Owner      bool
	Editor     bool
	Copies     bool // who may make a copy, and change that
	Known      int  // administrators who have come by it
	Links      string
	Now        time.Time
}

func (s *Pages) signOnPageOf(x *web.Exchange, c signon.Connection) (signOnPage, error) {
	var form signOnForm
	var bySAML *samlForm
	var err error
	if c.Kind == signon.KindSAML {
		bySAML, err = s.samlFormOf(x, c)
	} else {
		form, err = s.formOf(x, c)
	}
	if err != nil {
		return signOnPage{}, err
	}
	known, err := s.SignOn.Known(x.Context(), x.Tenant.ID, c.ID)
	if err != nil {
		return signOnPage{}, err
	}
	p := signOnPage{
		Connection: c, TestedBy: s.Actors.Name(x.Context(), x.Tenant.ID, c.TestedBy), Form: form, SAML: bySAML, Owner: x.Viewer.MayUse(web.Owners),
		Editor: x.Viewer.MayUse(signin.Editors) && theirs(x, c), Copies: x.Viewer.MayUse(signin.Editors), Known: len(known),
		Links: s.links(), Now: x.Now(),
	}
	p.Form.ReadOnly = !p.Editor || c.State == signon.Enforced // which is changed by a copy
	var result signin.Result
	if x.Take(signin.ResultKey, &result) && result.Connection == c.ID && result.Revision == c.Revision {
		p.Test = &result
	}
	return p, nil
}

// signOnConnection is the page of a connection.
func (s *Pages) signOnConnection(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	p, err := s.signOnPageOf(x, c)
	if err != nil {
		return err
	}
	return x.Show("sign_on_connection", p)
}

// theirs says whether a connection is the viewer's to change, for all that the route lets it in: who came by a set-up link
// changes drafts that were made under the same link. Any other is somebody's who may have it count, and would not look for what
// has become of it. A copy is the viewer's own.
func theirs(x *web.Exchange, c signon.Connection) bool {
	return x.Viewer.Kind != web.ByLink || !c.Live() && c.CreatedBy == x.Viewer.Actor
}

// changing returns the connection that the path names, if it is the viewer's to change.
func (s *Pages) changing(x *web.Exchange) (signon.Connection, error) {
	c, err := s.connection(x)
	switch {
	case err != nil || theirs(x, c):
		return c, err
	case c.Live():
		return c, signin.Refusal(signon.ErrLive)
	}
	return c, web.Refuse(http.StatusForbidden, "This was there before your set-up link",
		"Nothing was changed. A set-up link changes and removes the connections that were made by it. Make a copy of this one and change that. Ask an administrator of %s for a change of this one.", x.TenantName()).
		At(place.SignOn+"/"+c.ID, "Back")
}

// signOnChange changes a connection. Who came by a link changes their own drafts alone.
func (s *Pages) signOnChange(x *web.Exchange) error {
	c, err := s.changing(x)
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
	form, secret, ok := s.readForm(x, p.Form)
	if ok {
		_, err = s.SignOn.Change(x.Context(), x.Tenant.ID, c.ID, signon.ConnectionChange{
			Revision: form.Revision, Name: form.Name, Config: form.OIDC, Secret: secret, Provision: form.Provision, DraftOnly: x.Viewer.Kind == web.ByLink, By: x.Viewer.Actor,
		})
		if err == nil {
			return x.SeeOther(place.SignOn+"/"+c.ID, web.Done("The connection is changed."))
		}
		if form, err = s.signOnProblem(x, form, err); err != nil {
			return err
		}
	}
	p.Form = form
	return x.ShowAgain("sign_on_connection", p)
}

// signOnCopy makes a draft of a connection, to change what may not be changed itself.
func (s *Pages) signOnCopy(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	name := signon.Line("Copy of "+c.Name, 100)
	made, err := s.SignOn.Copy(x.Context(), x.Tenant.ID, c.ID, name, x.Viewer.Actor)
	if err != nil {
		return signin.Refusal(err)
	}
	x.Resource = made.ID
	return x.SeeOther(place.SignOn+"/"+made.ID, web.Done("This is a draft with the same settings and secret. Change it, test it, and have it count instead."))
}

// signOnRemove removes a draft.
func (s *Pages) signOnRemove(x *web.Exchange) error {
	x.Resource = web.IDOf(x.Param("id"))
	if x.Viewer.Kind == web.ByLink {
		if _, err := s.changing(x); err != nil {
			return err
		}
	}
	if err := s.SignOn.Remove(x.Context(), x.Tenant.ID, x.Param("id")); err != nil {
		return signin.Refusal(err)
	}
	return x.SeeOther(place.SignOn, web.Done("The connection is removed, and its secret with it."))
}

// signOnTest sends the browser to the provider, to see what comes back. Nobody is signed in by it.
func (s *Pages) signOnTest(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	return s.In.ToProvider(x, c, true, "")
}

// signOnTested leads who comes back by the browser's history to what the test came to. It begins none: what counts as a test
// begins by a post, which no other site can have the browser send.
func (s *Pages) signOnTested(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	return x.SeeOther(place.SignOn + "/" + c.ID)
}
