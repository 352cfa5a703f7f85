package signonsetting

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

func (s *Pages) samlSettingsRoutes() []web.Route {
	return []web.Route{
		web.Get(place.SignOn+"/:id/certificate.pem", signOnReader, s.samlCertificate),
		web.Post(place.SignOn+"/:id/certificate", web.Owners, "rotateSignOnCertificate", s.rotateCertificate),
		web.Post(place.SignOn+"/:id/provider", signin.Editors, "changeSignOnConnection", s.changeSAMLProvider),
	}
}

// samlForm is what the page of a connection by SAML shows besides.
type samlForm struct {
	EntityID, ACSURL, MetadataURL string
	Ours                          certificateShown
	Other                         *certificateShown // the other of ours while it is changed
	Config                        saml.Config
	Certificates                  []certificateShown
	Ready                         bool // a provider is known, so that it can be tested
	// What was entered, and what is wrong with it, by the field.
	Entered, Problems map[string]string
}

type certificateShown struct {
	saml.Certificate
	State string
}

// Kind is how the state of a certificate looks.
func (c certificateShown) Kind() string {
	switch c.State {
	case "valid":
		return "ok"
	case "ending":
		return "warning"
	}
	return "critical"
}

// samlOf returns the connection by SAML that the path names, as it is, and its page, to whom it is theirs to change.
func (s *Pages) samlOf(x *web.Exchange) (signOnPage, error) {
	c, err := s.changing(x)
	if err != nil {
		return signOnPage{}, err
	}
	if c.Kind != signon.KindSAML {
		return signOnPage{}, web.ErrNothingHere
	}
	return s.signOnPageOf(x, c)
}

func (s *Pages) samlFormOf(x *web.Exchange, c signon.Connection) (*samlForm, error) {
	p, made, err := s.In.SAMLProvider(x, c)
	if err != nil {
		return nil, err
	}
	at := func(certificate saml.Certificate) certificateShown {
		return certificateShown{certificate, certificate.State(x.Now())}
	}
	f := &samlForm{
		EntityID: p.EntityID(), ACSURL: p.ACSURL(), MetadataURL: p.EntityID(), Ours: at(made.Key.Certificate()),
		Config: made.Config, Ready: s.SAML.Check(made.Config) == nil, Entered: map[string]string{}, Problems: map[string]string{},
	}
	if other, there := made.Key.Other(); there {
		shown := at(other)
		f.Other = &shown
	}
	for _, certificate := range made.Config.ShownCertificates() {
		f.Certificates = append(f.Certificates, at(certificate))
	}
	return f, nil
}

// createSAML makes a draft, whose metadata the identity provider can be given at once. All of a tenant's connections by SAML
// have one key: to the provider they are one service.
func (s *Pages) createSAML(x *web.Exchange, form signOnForm) error {
	form.Name = strings.TrimSpace(x.PostForm("name"))
	secret, err := s.samlSecret(x)
	if err != nil {
		return err
	}
	c, err := s.SignOn.Create(x.Context(), signon.NewConnection{
		Tenant: x.Tenant.ID, Kind: signon.KindSAML, Name: form.Name, Config: saml.Config{}, Secret: secret, CreatedBy: x.Viewer.Actor,
	})
	if err != nil {
		form.Problems = map[string]string{}
		if form, err = s.signOnProblem(x, form, err); err != nil {
			return err
		}
		return x.ShowAgain("sign_on_new", form)
	}
	x.Resource = c.ID
	return x.SeeOther(place.SignOn+"/"+c.ID, web.Done("The connection is there, and nobody signs in with it yet. Tell your identity provider about Spoke next."))
}

func (s *Pages) samlSecret(x *web.Exchange) ([]byte, error) {
	c, err := s.In.SAMLConnection(x)
	switch {
	case err == nil:
		return s.SignOn.Secret(c)
	case !errors.Is(err, signin.ErrNoSAML):
		return nil, err
	}
	key, err := saml.NewKeyPair(s.Host(x.Tenant.Slug), x.Now())
	if err != nil {
		return nil, err
	}
	return key.Secret()
}

// changeSAMLProvider takes the identity provider from its metadata, at an address, in a file or in a text, or as it was typed.
func (s *Pages) changeSAMLProvider(x *web.Exchange) error {
	page, err := s.samlOf(x)
	if err != nil {
		return err
	}
	form := page.SAML
	for _, field := range []string{"metadata_url", "metadata", "entity_id", "sso_url", "certificates"} {
		form.Entered[field] = strings.TrimSpace(x.PostForm(field))
	}
	if form.Entered["metadata_url"] != "" { // we ask whom the viewer names
		if err := x.Slow("sign-on", web.SignOnRate); err != nil {
			return err
		}
	}
	provider, err := s.enteredProvider(x, form.Entered)
	if field, reason := samlProblem(err); field != "" {
		form.Problems[field] = reason
		return x.ShowAgain("sign_on_connection", page)
	}
	if err != nil {
		return err
	}
	config := form.Config
	config.EntityID, config.SSOURL, config.SSOPost, config.Certificates = provider.EntityID, provider.SSOURL, provider.SSOPost, provider.Certificates
	config.SignRequests = config.SignRequests || provider.SignRequests
	return s.changeSAML(x, page.Connection, config, page.Connection.Name, page.Connection.Provision, "The identity provider is known. Test the connection next.")
}

func (s *Pages) enteredProvider(x *web.Exchange, entered map[string]string) (saml.Config, error) {
	if entered["metadata_url"] != "" {
		return s.SAML.Fetch(x.Context(), entered["metadata_url"])
	}
	if file, _, err := x.Request.FormFile("file"); err == nil {
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, saml.MaxMetadata+1))
		if err != nil {
			return saml.Config{}, err
		}
		if len(text) > 0 {
			return s.SAML.ParseMetadata(text)
		}
	}
	if entered["metadata"] != "" {
		return s.SAML.ParseMetadata([]byte(entered["metadata"]))
	}
	c := saml.Config{EntityID: entered["entity_id"], SSOURL: entered["sso_url"]}
	if c.EntityID == "" && c.SSOURL == "" && entered["certificates"] == "" {
		return c, &saml.MetadataError{Reason: "is missing: give its address, its file or its text, or enter what it says by hand"}
	}
	var err error
	if c.Certificates, err = saml.ParseCertificates([]byte(entered["certificates"])); err != nil {
		return c, &saml.ConfigError{Field: "certificates", Reason: err.Error()}
	}
	return c, s.SAML.Check(c)
}

// samlProblem returns the field that an error is about, and what is wrong with it, "" for another error.
func samlProblem(err error) (field, reason string) {
	var ofConfig *saml.ConfigError
	var ofMetadata *saml.MetadataError
	switch {
	case errors.As(err, &ofConfig):
		return ofConfig.Field, "It " + ofConfig.Reason + "."
	case errors.As(err, &ofMetadata):
		return "metadata", "The metadata " + ofMetadata.Reason + "."
	case errors.Is(err, saml.ErrUnavailable):
		return "metadata_url", "Nothing could be read there: the address must answer by itself, from the internet, without signing in. Look whether a browser gets XML from it in a private window."
	}
	return "", ""
}

// changeSAMLOptions changes what is not the provider's.
func (s *Pages) changeSAMLOptions(x *web.Exchange, page signOnPage) error {
	form := page.SAML
	form.Config.EmailAttribute, form.Config.NameAttribute = strings.TrimSpace(x.PostForm("email_attribute")), strings.TrimSpace(x.PostForm("name_attribute"))
	form.Config.SignRequests, form.Config.AllowIDPInitiated = x.PostForm("sign_requests") != "", x.PostForm("allow_idp_initiated") != ""
	if form.Ready { // without a provider, what is wrong is that it is missing
		if field, reason := samlProblem(s.SAML.Check(form.Config)); field != "" {
			form.Problems[field] = reason
			return x.ShowAgain("sign_on_connection", page)
		}
	}
	return s.changeSAML(x, page.Connection, form.Config, strings.TrimSpace(x.PostForm("name")), x.PostForm("provision") != "", "The settings were changed.")
}

// changeSAML changes a connection.
func (s *Pages) changeSAML(x *web.Exchange, c signon.Connection, config saml.Config, name string, provision bool, said string) error {
	_, err := s.SignOn.Change(x.Context(), x.Tenant.ID, c.ID, signon.ConnectionChange{
		Revision: x.PostForm("revision"), Name: name, Config: config, Provision: provision, DraftOnly: x.Viewer.Kind == web.ByLink, By: x.Viewer.Actor,
	})
	switch {
	case errors.Is(err, signon.ErrName):
		return web.Refuse(http.StatusUnprocessableEntity, "The name cannot be taken", "It must have 1 to 100 printable characters. Nothing was changed.").At(place.SignOn+"/"+c.ID, "Back")
	case err != nil:
		return signin.Refusal(err)
	}
	return x.SeeOther(place.SignOn+"/"+c.ID, web.Done("%s", said))
}
