package console

import (
	"errors"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/token"
)

// errClientMade is a form that has made its secret, which was shown once.
var errClientMade = errors.New("the form has made its secret already")

// createClient makes an OAuth client with a secret, and shows both, this once.
func (s *Server) createClient(x *exchange) error {
	f, err := x.credentialForm("client")
	if err != nil {
		return err
	}
	c, err := s.Clients.CreateClient(x.context(), x.tenant.ID, oauth.NewClient{
		ID: f.id, Name: f.name, Scopes: f.scopes,
	})
	if err != nil {
		return clientRefusal(err, f.id)
	}
	if len(c.Secrets) > 0 {
		return clientRefusal(errClientMade, f.id)
	}
	// Of two forms at once the later one's secret is the one that counts, and that is what its browser shows.
	secret, made, err := s.Clients.AddSecret(x.context(), x.tenant.ID, c.ID, oauth.NewSecret{ID: f.id, ExpiresAt: f.expires})
	if err != nil {
		return clientRefusal(err, f.id)
	}
	return s.showSecret(x, f.guide, c, secret, made)
}

// showSecret shows a client's secret, this once.
func (s *Server) showSecret(x *exchange, g guide.Guide, c oauth.Client, secret token.Secret, made oauth.Secret) error {
	filled := s.filledIn(x.tenant)
	filled.ClientID, filled.ClientSecret = c.ID, secret.Reveal()
	full, err := g.For(filled)
	if err != nil {
		return err
	}
	p := secretPage{
		Title: "Here is the client's secret", Guide: full, ExpiresAt: made.ExpiresAt,
		PanelPath: panelPath + "?provider=" + g.Slug, BackPath: clientsPath + "/" + c.ID, BackText: "To the client",
	}
	p.place(
		secretField{Label: "Client secret", Value: filled.ClientSecret}, secretField{Label: "Client ID", Value: c.ID},
		secretField{Label: "Token URL", Value: filled.TokenURL}, secretField{Label: "Tenant URL", Value: filled.TenantURL},
	)
	return x.show("scim_secret", p)
}

// scimClient shows an OAuth client.
func (s *Server) scimClient(x *exchange) error {
	c, err := s.Clients.Client(x.context(), x.tenant.ID, x.Param("client"))
	if err != nil {
		return clientRefusal(err, "")
	}
	own, err := x.mayRevoke(c.ID)
	if err != nil {
		return err
	}
	owns := make(map[string]bool, len(c.Secrets))
	for _, made := range c.Secrets {
		if owns[made.ID], err = x.mayRevoke(made.ID); err != nil {
			return err
		}
		owns[made.ID] = owns[made.ID] || own
	}
	return x.show("scim_client", struct {
		oauth.Client
		Path, From, MayDo, TokenURL, Once string
		Live                              bool
		Own                               bool            // it may be revoked
		Owns                              map[string]bool // which of its secrets may
	}{c, clientsPath + "/" + c.ID, addressText(c.LastUsedFrom), mayDo(c.Scopes), s.tokenURL(x.tenant), uuid.NewString(), c.RevokedAt.IsZero(), own, owns})
}

// createSecret makes another secret of a client, and shows it, this once. The others stay valid.
func (s *Server) createSecret(x *exchange) error {
	if err := x.served(); err != nil {
		return err
	}
	id, err := x.formID("secret")
	if err != nil {
		return err
	}
	expires, err := x.expiry()
	if err != nil {
		return err
	}
	c, err := s.Clients.Client(x.context(), x.tenant.ID, x.Param("client"))
	if err != nil {
		return clientRefusal(err, "")
	}
	x.resource = c.ID
	for _, made := range c.Secrets {
		if made.ID == id {
			return clientRefusal(errClientMade, c.ID)
		}
	}
	secret, made, err := s.Clients.AddSecret(x.context(), x.tenant.ID, c.ID, oauth.NewSecret{ID: id, ExpiresAt: expires})
	if err != nil {
		return clientRefusal(err, c.ID)
	}
	x.guestMade(made.ID)
	return s.showSecret(x, guideOf(c.Name), c, secret, made)
}

// revokeSecret makes a secret, and the access tokens that were issued for it, worthless.
func (s *Server) revokeSecret(x *exchange) error {
	id := x.Param("client")
	x.changes(id)
	own, err := x.mayRevoke(id)
	if err != nil {
		return err
	}
	if !own { // then perhaps the secret alone
		if err := x.mustRevoke(x.Param("secret"), clientsPath+"/"+idOf(id)); err != nil {
			return err
		}
	}
	if err := s.Clients.RevokeSecret(x.context(), x.tenant.ID, id, x.Param("secret")); err != nil {
		return clientRefusal(err, id)
	}
	return x.seeOther(clientsPath+"/"+id, done("The secret is revoked, and so are the access tokens that were issued for it."))
}

// revokeClient makes a client, its secrets and its access tokens worthless.
func (s *Server) revokeClient(x *exchange) error {
	c, err := s.Clients.Client(x.context(), x.tenant.ID, x.Param("client"))
	if err != nil {
		return clientRefusal(err, "")
	}
	x.resource = c.ID
	if err := x.mustRevoke(c.ID, clientsPath+"/"+c.ID); err != nil {
		return err
	}
	if err := s.Clients.RevokeClient(x.context(), x.tenant.ID, c.ID); err != nil {
		return clientRefusal(err, c.ID)
	}
	return x.seeOther(scimPath, done("The OAuth client %q is revoked, and so are its access tokens.", c.Name))
}
