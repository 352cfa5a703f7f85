package signon_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/askspoke/spoke/tenancy/signon"
)

const (
	ours     = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	theirs   = "11111111-2222-3333-4444-555555555555"
	personal = "9188040d-6c67-4b5b-b112-36a304b66dad"
	entra    = "https://login.microsoftonline.com/"
)

// at has a provider answer under the name of a real one, and returns a store that reaches it by that name.
func (h *hostile) at(t *testing.T, w world, host string) *signon.Store {
	t.Helper()
	plain, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			t.Errorf("%s was asked", r.Host)
		}
		for _, prefix := range []string{"/common/v2.0", "/organizations/v2.0", "/" + ours + "/v2.0"} { // each serves its own document
			if len(r.URL.Path) > len(prefix) && r.URL.Path[:len(prefix)] == prefix {
				r.URL.Path = r.URL.Path[len(prefix):]
			}
		}
		r.URL.Scheme, r.URL.Host, r.RequestURI = "http", plain.Host, ""
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		rw.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		rw.WriteHeader(response.StatusCode)
		io.Copy(rw, response.Body)
	}))
	t.Cleanup(front.Close)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, front.Listener.Addr().String())
	}
	return w.store(t, w.db, &http.Client{Transport: &http.Transport{
		DialContext: dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the name is another's
	}})
}

// Anybody can have an Entra tenant, and set any address in it. Only people of the listed ones come in by an issuer that
// serves all, and no tenant speaks for another.
func TestEntra(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	s := h.at(t, w, "login.microsoftonline.com")
	for _, issuer := range []string{"common/v2.0", "organizations/v2.0", ours + "/v2.0"} {
		base := entra + issuer
		h.document = map[string]any{
			"issuer": entra + "{tenantid}/v2.0", "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
		}
		o := signon.OIDC{Issuer: base, ClientID: "spoke", Directories: []string{ours}}
		if issuer == ours+"/v2.0" {
			h.document["issuer"], o.Directories = base, nil
		}
		checked, err := s.CheckOIDC(o)
		if err != nil {
			t.Fatal(err)
		}
		c := w.connect(t, checked, secret)
		single := o.Directories == nil
		foreign := signon.ReasonDomain
		if single {
			foreign = signon.ReasonIssuer
		}
		for name, tc := range map[string]struct {
			changes map[string]any
			want    signon.Reason
		}{
			"ours":                           {map[string]any{"iss": entra + ours + "/v2.0", "tid": ours}, ""},
			"theirs, with our address":       {map[string]any{"iss": entra + theirs + "/v2.0", "tid": theirs, "email": "ada@acme.com"}, foreign},
			"theirs, saying it is ours":      {map[string]any{"iss": entra + theirs + "/v2.0", "tid": ours}, signon.ReasonIssuer},
			"theirs, under our issuer":       {map[string]any{"iss": entra + ours + "/v2.0", "tid": theirs}, foreign},
			"no tenant":                      {map[string]any{"iss": entra + ours + "/v2.0", "tid": nil}, foreign},
			"a list of tenants":              {map[string]any{"iss": entra + ours + "/v2.0", "tid": []string{ours}}, foreign},
			"personal":                       {map[string]any{"iss": entra + personal + "/v2.0", "tid": personal}, foreign},
			"the template":                   {map[string]any{"iss": entra + "{tenantid}/v2.0", "tid": ours}, signon.ReasonIssuer},
			"an address of a foreign domain": {map[string]any{"iss": entra + ours + "/v2.0", "tid": ours, "xms_edov": false}, signon.ReasonUnverified},
			"an address of a domain of ours": {map[string]any{"iss": entra + ours + "/v2.0", "tid": ours, "xms_edov": "1"}, ""},
			"version 1":                      {map[string]any{"iss": "https://sts.windows.net/" + ours + "/", "tid": ours}, signon.ReasonIssuer},
		} {
			f, err := s.Begin(t.Context(), c, callback)
			if err != nil {
				t.Fatal(err)
			}
			claims := h.good(w.clock.Now(), f)
			delete(claims, "email_verified") // Entra has none
			for claim, value := range tc.changes {
				claims[claim] = value
				if value == nil {
					delete(claims, claim)
				}
			}
			h.token = func(jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodRS256, h.key, claims) }
			got, err := s.Finish(t.Context(), c, f, url.Values{"state": {f.State}, "code": {"c"}})
			if tc.want == "" && err != nil || tc.want != "" && err == nil {
				t.Errorf("%s, %s: %v, %v", issuer, name, got, err)
			} else if tc.want != "" {
				refused(t, err, tc.want)
			}
		}
	}
}

// Anybody can have a Google account with any address. Only people of the listed Workspace domains come in.
func TestGoogle(t *testing.T) {
	t.Parallel()
	w, h := newWorld(t), newHostile(t)
	s := h.at(t, w, "accounts.google.com")
	base := "https://accounts.google.com"
	h.document = map[string]any{"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys"}
	checked, err := s.CheckOIDC(signon.OIDC{Issuer: base, ClientID: "spoke", Domains: []string{"Acme.com"}})
	if err != nil {
		t.Fatal(err)
	}
	c := w.connect(t, checked, secret)
	for name, tc := range map[string]struct {
		changes map[string]any
		want    signon.Reason
	}{
		"ours":                           {map[string]any{"iss": base, "hd": "acme.com"}, ""},
		"without the scheme":             {map[string]any{"iss": "accounts.google.com", "hd": "acme.com"}, ""},
		"a private account, our address": {map[string]any{"iss": base}, signon.ReasonDomain},
		"another Workspace, our address": {map[string]any{"iss": base, "hd": "evil.com"}, signon.ReasonDomain},
		"another issuer":                 {map[string]any{"iss": "https://evil.com", "hd": "acme.com"}, signon.ReasonIssuer},
	} {
		f, err := s.Begin(t.Context(), c, callback)
		if err != nil {
			t.Fatal(err)
		}
		claims := h.good(w.clock.Now(), f)
		for claim, value := range tc.changes {
			claims[claim] = value
		}
		h.token = func(jwt.MapClaims) string { return h.sign(t, jwt.SigningMethodRS256, h.key, claims) }
		got, err := s.Finish(t.Context(), c, f, url.Values{"state": {f.State}, "code": {"c"}})
		if tc.want == "" && err != nil || tc.want != "" && err == nil {
			t.Errorf("%s: %v, %v", name, got, err)
		} else if tc.want != "" {
			refused(t, err, tc.want)
		}
	}
}

// Settings that would let strangers in, or that lead to no provider, are refused with the field that is wrong.
func TestCheckOIDC(t *testing.T) {
	t.Parallel()
	s := newWorld(t).strict(t)
	for name, tc := range map[string]struct {
		o     signon.OIDC
		field string // "": it is in order
	}{
		"any":                       {signon.OIDC{Issuer: "https://login.example.com", ClientID: "x"}, ""},
		"with the document's path":  {signon.OIDC{Issuer: "https://login.example.com/.well-known/openid-configuration", ClientID: "x"}, ""},
		"one tenant of Entra":       {signon.OIDC{Issuer: entra + ours + "/v2.0", ClientID: "x"}, ""},
		"no client id":              {signon.OIDC{Issuer: "https://login.example.com"}, "client_id"},
		"client id of two lines":    {signon.OIDC{Issuer: "https://login.example.com", ClientID: "a\nb"}, "client_id"},
		"no issuer":                 {signon.OIDC{ClientID: "x"}, "issuer"},
		"in the clear":              {signon.OIDC{Issuer: "http://login.example.com", ClientID: "x"}, "issuer"},
		"a claim":                   {signon.OIDC{Issuer: "https://login.example.com", ClientID: "x", EmailClaim: "name"}, "email_claim"},
		"a domain":                  {signon.OIDC{Issuer: "https://login.example.com", ClientID: "x", Domains: []string{"@acme.com"}}, "domains"},
		"directories elsewhere":     {signon.OIDC{Issuer: "https://login.example.com", ClientID: "x", Directories: []string{ours}}, "directories"},
		"all of Entra":              {signon.OIDC{Issuer: entra + "common/v2.0", ClientID: "x"}, "directories"},
		"personal accounts":         {signon.OIDC{Issuer: entra + "consumers/v2.0", ClientID: "x"}, "issuer"},
		"personal accounts by id":   {signon.OIDC{Issuer: entra + personal + "/v2.0", ClientID: "x"}, "issuer"},
		"personal accounts listed":  {signon.OIDC{Issuer: entra + "common/v2.0", ClientID: "x", Directories: []string{personal}}, "directories"},
		"a name of a tenant":        {signon.OIDC{Issuer: entra + "acme.com/v2.0", ClientID: "x"}, "issuer"},
		"Entra, version 1":          {signon.OIDC{Issuer: entra + ours, ClientID: "x"}, "issuer"},
		"Entra, another port":       {signon.OIDC{Issuer: "https://login.microsoftonline.com:443/common/v2.0", ClientID: "x"}, "issuer"},
		"Entra in capitals":         {signon.OIDC{Issuer: "https://LOGIN.microsoftonline.com/common/v2.0", ClientID: "x"}, "issuer"},
		"all of Google":             {signon.OIDC{Issuer: "https://accounts.google.com", ClientID: "x"}, "domains"},
		"all of Google in capitals": {signon.OIDC{Issuer: "https://Accounts.Google.com", ClientID: "x"}, "domains"},
	} {
		got, err := s.CheckOIDC(tc.o)
		switch {
		case tc.field != "":
			if configError(t, err, tc.field); err == nil {
				t.Errorf("%s: %v", name, got)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		}
	}
}
