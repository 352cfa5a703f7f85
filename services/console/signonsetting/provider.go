package signonsetting

import (
	"net/url"
	"strings"

	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnProvider is what is said of an identity provider where a connection to it is made.
type signOnProvider struct {
	Key, Name string
	Kind      signon.Kind
	Issuer    string   // an example
	Steps     []string // what to do there, and what to bring back
	// Directories and Domains say that the form asks for them.
	Directories, Domains bool
	hosts                []string // endings of the issuer's host
}

// Called is what a sentence calls the provider.
func (p signOnProvider) Called() string {
	switch p.Key {
	case "other":
		return "your OpenID provider"
	case "saml":
		return "your identity provider"
	}
	return p.Name
}

// Button is what people may call the provider where nobody has said it: "" for one that only its people can name.
func (p signOnProvider) Button() string {
	if p.Called() == p.Name {
		return p.Name
	}
	return ""
}

// signOnProviders are those that are known, the last one for any other.
var signOnProviders = []signOnProvider{
	{
		Key: "entra", Name: "Microsoft Entra ID", Kind: signon.KindOIDC, Issuer: "https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0",
		Steps: []string{
			"In the Entra admin center, open App registrations and choose New registration.",
			"Choose accounts in this organizational directory only. As redirect URI choose Web, and paste the one below.",
			"From the application's overview copy the Directory (tenant) ID into the issuer here, and the Application (client) ID.",
			"Under Certificates & secrets make a new client secret, and copy its Value, which Entra shows once.",
			"Under Token configuration add the optional claim email to the ID token. For people without a mailbox, choose upn here.",
		},
		Directories: true, hosts: []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"},
	},
	{
		Key: "okta", Name: "Okta", Kind: signon.KindOIDC, Issuer: "https://acme.okta.com",
		Steps: []string{
			"In the Admin Console, open Applications and choose Create App Integration: OIDC, Web Application.",
			"As sign-in redirect URI paste the one below. Assign the people who administer Spoke.",
			"Copy the Client ID and the Client Secret. The issuer is your Okta domain, or that of a custom authorization server.",
		},
		hosts: []string{".okta.com", ".oktapreview.com", ".okta-emea.com"},
	},
	{
		Key: "google", Name: "Google Workspace", Kind: signon.KindOIDC, Issuer: "https://accounts.google.com",
		Steps: []string{
			"In the Google Cloud console, open APIs & Services, Credentials, and create an OAuth client ID: Web application.",
			"As authorized redirect URI paste the one below. On the consent screen choose Internal.",
			"Copy the Client ID and the Client secret, and enter the domains of your Workspace here.",
		},
		Domains: true, hosts: []string{"accounts.google.com"},
	},
	{
		Key: "onelogin", Name: "OneLogin", Kind: signon.KindOIDC, Issuer: "https://acme.onelogin.com/oidc/2",
		Steps: []string{
			"In the administration, add the application OpenId Connect (OIDC).",
			"Under Configuration, as redirect URI paste the one below. Under Access, give it to the people who administer Spoke.",
			"Under SSO copy the Client ID, the Client Secret and the Issuer URL; as token endpoint's authentication choose Basic or POST.",
		},
		hosts: []string{".onelogin.com"},
	},
	{
		Key: "ping", Name: "PingOne", Kind: signon.KindOIDC, Issuer: "https://auth.pingone.com/YOUR-ENVIRONMENT-ID/as",
		Steps: []string{
			"Under Applications add an OIDC Web App. As redirect URI paste the one below, and allow the scopes email and profile.",
			"From its overview copy the Client ID, the Client Secret and the Issuer ID. Turn the application on.",
		},
		hosts: []string{".pingone.com", ".pingone.eu", ".pingone.ca", ".pingone.asia"},
	},
	{
		Key: "keycloak", Name: "Keycloak", Kind: signon.KindOIDC, Issuer: "https://login.acme.com/realms/acme",
		Steps: []string{
			"In your realm, create a client of the type OpenID Connect, with client authentication and the standard flow.",
			"As valid redirect URI paste the one below, exactly.",
			"Under Credentials copy the client secret. The issuer is the realm's address.",
			"Keycloak says of each address whether it was verified; people whose is not cannot sign in here.",
		},
	},
	{
		Key: "saml", Name: "Any provider by SAML 2.0", Kind: signon.KindSAML,
		Steps: []string{
			"Save the connection first: the next page has what your identity provider must know of Spoke.",
			"There, give Spoke the provider's metadata: by its address, as a file, or as text.",
		},
	},
	{
		Key: "other", Name: "Another OpenID provider", Kind: signon.KindOIDC, Issuer: "https://login.acme.com",
		Steps: []string{
			"Make an application of the kind web, confidential, with the authorization code flow and PKCE.",
			"As redirect URI register the one below, exactly. Allow the scopes openid, profile and email.",
			"Copy the issuer, the client id and the client secret.",
		},
	},
}

// signOnProviderOf returns the provider with a key, or the last.
func signOnProviderOf(key string) signOnProvider {
	for _, p := range signOnProviders {
		if p.Key == key {
			return p
		}
	}
	return signOnProviders[len(signOnProviders)-1]
}

// signOnProviderAt returns the provider whose issuer one is, or the last.
func signOnProviderAt(issuer string) signOnProvider {
	if u, err := url.Parse(issuer); err == nil {
		for _, p := range signOnProviders {
			for _, host := range p.hosts {
				if u.Hostname() == host || strings.HasPrefix(host, ".") && strings.HasSuffix(u.Hostname(), host) {
					return p
				}
			}
		}
	}
	return signOnProviderOf("other")
}
