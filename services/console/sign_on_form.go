package console

import (
	"errors"
	"net/http"
	"strings"

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

// origin is this host as browsers see it.
func (x *exchange) origin() string { return x.server.config.Origin(x.host) }

// redirectURI is where OpenID providers send browsers back to.
func (x *exchange) redirectURI() string { return x.origin() + signInPath + "/oidc/callback" }

// formOf returns the form of a connection.
func (x *exchange) formOf(c signon.Connection) (signOnForm, error) {
	o, err := c.OIDC()
	if err != nil {
		return signOnForm{}, err
	}
	return signOnForm{
		Kind: c.Kind, Provider: signOnProviderAt(o.Issuer), Action: signOnPath + "/" + c.ID, Revision: c.Revision, Name: c.Name, HasSecret: c.HasSecret, Provision: c.Provision,
		OIDC: o, Directories: strings.Join(o.Directories, ", "), Domains: strings.Join(o.Domains, ", "), Redirect: x.redirectURI(),
		ReadOnly: !x.viewer.may(signOnEditor),
	}, nil
}

// readForm takes what was entered, and says what of it is wrong.
func (x *exchange) readForm(f signOnForm) (form signOnForm, secret []byte, ok bool) {
	f.Name, f.Revision, f.Provision = strings.TrimSpace(x.PostForm("name")), x.PostForm("revision"), x.PostForm("provision") != ""
	f.Directories, f.Domains, f.Problems = x.PostForm("directories"), x.PostForm("domains"), map[string]string{}
	f.OIDC = signon.OIDC{
		Issuer: x.PostForm("issuer"), ClientID: x.PostForm("client_id"), EmailClaim: x.PostForm("email_claim"), TrustEmail: x.PostForm("trust_email") != "",
		Directories: entries(f.Directories), Domains: entries(f.Domains),
	}
	if text := strings.TrimSpace(x.PostForm("client_secret")); text != "" {
		secret = []byte(text)
	}
	checked, err := x.server.SignOn.CheckOIDC(f.OIDC)
	var wrong *signon.ConfigError
	if errors.As(err, &wrong) {
		f.Problems[wrong.Field] = sentence(wrong.Reason)
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
func (x *exchange) signOnProblem(f signOnForm, err error) (signOnForm, error) {
	switch {
	case errors.Is(err, signon.ErrName):
		f.Problems["name"] = "It must have 1 to 100 printable characters."
	case errors.Is(err, signon.ErrSecret):
		f.Problems["client_secret"] = "It is too long."
	case errors.Is(err, signon.ErrElse):
		f.Problems["client_secret"] = "The one that is kept was entered for another issuer, and is not told to this one. Enter the secret that this one gave you."
	default:
		return f, signOnRefusal(err)
	}
	return f, nil
}

// signOnRefusal turns an error of the store's into a page that explains.
func signOnRefusal(err error) error {
	back := func(r *refusal) error { return r.because(err).at(signOnPath, "To single sign-on") }
	switch {
	case errors.Is(err, signon.ErrNotFound):
		return back(refuse(http.StatusNotFound, "There is no such connection", "It was removed, or its address is misspelled."))
	case errors.Is(err, signon.ErrConflict):
		return back(refuse(http.StatusConflict, "Somebody else has changed this meanwhile", "Nothing was changed. Look at it as it is now, and do it again."))
	case errors.Is(err, signon.ErrEnforced):
		return back(refuse(http.StatusConflict, "Everybody signs in with this connection", "So that nobody is locked out by a slip, it stays as it is. Change a copy, test that, and require it instead."))
	case errors.Is(err, signon.ErrLive):
		return back(refuse(http.StatusConflict, "People sign in with this connection", "An owner can turn single sign-on off first, or make a copy of it count instead."))
	case errors.Is(err, signon.ErrUntested):
		return back(refuse(http.StatusConflict, "This connection was not tested since it was changed last", "Test it yourself: you must come back under your own mail address. Then it can be required of everybody."))
	case errors.Is(err, signon.ErrLimit):
		return back(refuse(http.StatusConflict, "There are enough connections", "A tenant has five at most. Remove a draft first."))
	case errors.Is(err, signon.ErrNoPolicy):
		return back(refuse(http.StatusConflict, "There is nothing to recover from", "Recovery codes are for when everybody must sign in by single sign-on, which is not so now."))
	}
	return err
}
