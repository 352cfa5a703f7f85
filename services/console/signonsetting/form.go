package signonsetting

import (
	"cmp"
	"errors"
	"strings"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnForm is the form of a connection to an OpenID provider, as a template shows it. What its text fields had is shown
// again, but for the secret.
type signOnForm struct {
	Kind      signon.Kind
	Provider  signOnProvider
	Action    string
	Revision  string
	Name      string
	HasSecret bool
	Provision bool
	OIDC      signon.OIDC
	// Directories and Domains are the lists as text.
	Directories, Domains string
	Problems             map[string]string // by field
	Redirect             string            // what the provider is given
	ReadOnly             bool
}

// formOf returns the form of a connection.
func (s *Pages) formOf(x *web.Exchange, c signon.Connection) (signOnForm, error) {
	o, err := c.OIDC()
	if err != nil {
		return signOnForm{}, err
	}
	return signOnForm{
		Kind: c.Kind, Provider: signOnProviderAt(o.Issuer), Action: place.SignOn + "/" + c.ID, Revision: c.Revision, Name: c.Name, HasSecret: c.HasSecret, Provision: c.Provision,
		OIDC: o, Directories: strings.Join(o.Directories, ", "), Domains: strings.Join(o.Domains, ", "), Redirect: s.In.RedirectURI(x, o.Callback),
		ReadOnly: !x.Viewer.MayUse(signin.Editors),
	}, nil
}

// readForm takes what was entered, and says what of it is wrong.
func (s *Pages) readForm(x *web.Exchange, f signOnForm) (form signOnForm, secret []byte, ok bool) {
	f.Name, f.Revision, f.Provision = strings.TrimSpace(x.PostForm("name")), x.PostForm("revision"), x.PostForm("provision") != ""
	f.Directories, f.Domains, f.Problems = x.PostForm("directories"), x.PostForm("domains"), map[string]string{}
	f.OIDC = signon.OIDC{
		Callback: cmp.Or(x.PostForm("callback"), f.OIDC.Callback), Issuer: x.PostForm("issuer"), ClientID: x.PostForm("client_id"), EmailClaim: x.PostForm("email_claim"), TrustEmail: x.PostForm("trust_email") != "",
		Directories: entries(f.Directories), Domains: entries(f.Domains),
	}
	if text := strings.TrimSpace(x.PostForm("client_secret")); text != "" {
		secret = []byte(text)
	}
	f.Redirect = s.In.RedirectURI(x, f.OIDC.Callback)
	checked, err := s.SignOn.CheckOIDC(f.OIDC)
	var wrong *signon.ConfigError
	if errors.As(err, &wrong) {
		f.Problems[wrong.Field] = sentence(wrong.Reason)
		if wrong.Field == "callback" {
			f.OIDC.Callback = signon.NewCallback()
			f.Redirect = s.In.RedirectURI(x, f.OIDC.Callback)
		}
		return f, nil, false
	}
	f.OIDC = checked
	return f, secret, true
}

// entries are the parts of a list that was entered, with commas, spaces or lines between them.
func entries(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}

// sentence makes one of a reason that completes a sentence about its field.
func sentence(reason string) string {
	if strings.HasPrefix(reason, `"`) {
		return reason + "."
	}
	return "It " + reason + "."
}

// signOnProblem puts an error of the store's beside the field that it is about, or returns what the viewer reads.
func (s *Pages) signOnProblem(x *web.Exchange, f signOnForm, err error) (signOnForm, error) {
	switch {
	case errors.Is(err, signon.ErrCallback):
		f.OIDC.Callback = signon.NewCallback()
		f.Redirect = s.In.RedirectURI(x, f.OIDC.Callback)
		f.Problems["callback"] = "The redirect URI that was here is that of another connection, which goes to another issuer. Register the one that is here now, and save again."
	case errors.Is(err, signon.ErrName):
		f.Problems["name"] = "It must have 1 to 100 printable characters."
	case errors.Is(err, signon.ErrSecret):
		f.Problems["client_secret"] = "It is too long."
	case errors.Is(err, signon.ErrElse):
		f.Problems["client_secret"] = "The one that is kept was entered for another issuer, and is not told to this one. Enter the secret that this one gave you."
	default:
		return f, signin.Refusal(err)
	}
	return f, nil
}
