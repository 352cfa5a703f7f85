package signon

import (
	"regexp"
	"slices"
	"strings"
)

// Providers that let in the people of everybody, under one issuer: a valid token of theirs says nothing yet of whose
// person it is.

// entraHosts are where Entra signs people in: of the public cloud, and of those of the United States and China.
var entraHosts = []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}

// personal is the Entra tenant of all personal Microsoft accounts, whose addresses are anybody's.
const personal = "9188040d-6c67-4b5b-b112-36a304b66dad"

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func isGUID(text string) bool { return guid.MatchString(text) && text != personal }

// entra returns, for an issuer of Entra's, the part that names a tenant, or all of them: common, organizations, consumers.
func (o OIDC) entra() (part string, ok bool) {
	if !slices.Contains(entraHosts, o.host()) {
		return "", false
	}
	rest, ok := strings.CutSuffix(strings.TrimPrefix(o.Issuer, "https://"+o.host()+"/"), "/v2.0")
	return strings.ToLower(rest), ok
}

// multi says whether the issuer serves several tenants of Entra. Its discovery document has a template for an issuer.
func (o OIDC) multi() bool {
	part, ok := o.entra()
	return ok && (part == "common" || part == "organizations")
}

// google says whether the provider is Google.
func (o OIDC) google() bool { return o.host() == "accounts.google.com" }

// checkShared refuses settings that would let strangers in.
func (o OIDC) checkShared() error {
	part, ok := o.entra()
	switch {
	case slices.Contains(entraHosts, o.host()) && (!ok || !o.multi() && !isGUID(part)):
		return &ConfigError{"issuer", "must be https://" + o.host() + "/TENANT/v2.0 with the tenant's id: personal accounts, and names of tenants, are not let in"}
	case o.multi() && len(o.Directories) == 0:
		return &ConfigError{"directories", "must be given for this issuer, which lets in the people of every Entra tenant: the ids of yours"}
	case !o.multi() && len(o.Directories) > 0:
		return &ConfigError{"directories", "are for the issuers of Entra that serve several tenants (common, organizations)"}
	case o.google() && len(o.Domains) == 0:
		return &ConfigError{"domains", "must be given for Google, which lets in everybody: those of your Workspace"}
	}
	return nil
}

// checkOrganisation refuses a person of another organisation, and a token whose issuer is not the configured one. It
// returns a *Refusal.
func (o OIDC) checkOrganisation(c claims) error {
	wrong := func(want string) error {
		return Refuse(ReasonIssuer, "Another provider than the one that is set up here has answered. Check the issuer.", nil,
			"the issuer is %q, expected %q", c.Issuer, want)
	}
	switch {
	case o.multi():
		// The issuer of such a token follows from its own claim tid. It is the list that makes it ours.
		tid := c.text("tid")
		if !slices.Contains(o.Directories, strings.ToLower(tid)) {
			return Refuse(ReasonDomain, "Your account belongs to another organisation than those that may sign in here. Use the one of your work.", nil,
				"the claim tid is %q, which is not among the tenants that are set up", tid)
		}
		if want := "https://" + o.host() + "/" + strings.ToLower(tid) + "/v2.0"; !strings.EqualFold(c.Issuer, want) {
			return wrong(want)
		}
		return nil
	case o.google() && c.Issuer == "accounts.google.com": // as Google documents that it may
	case c.Issuer != o.Issuer:
		return wrong(o.Issuer)
	}
	if o.google() && !slices.Contains(o.Domains, strings.ToLower(c.text("hd"))) {
		return Refuse(ReasonDomain, "Your Google account belongs to another organisation than those that may sign in here. Use the one of your work.", nil,
			"the claim hd is %q, expected one of %q", c.text("hd"), o.Domains)
	}
	if part, ok := o.entra(); ok && !strings.EqualFold(c.text("tid"), part) {
		return wrong(o.Issuer)
	}
	return nil
}
