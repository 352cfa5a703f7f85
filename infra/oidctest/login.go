package oidctest

import (
	"context"
	"crypto/subtle"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var form = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="en"><title>Sign in to the test provider</title>
<h1>Test provider</h1>{{with .Error}}<p role="alert">{{.}}</p>{{end}}
<form method="post" action="/login">
<input type="hidden" name="id" value="{{.ID}}">
<label>Mail address <input name="email" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button>
</form></html>`))

func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request) {
	_ = form.Execute(w, map[string]string{"ID": r.FormValue("id")}) // a client that went away
}

// login signs in who has the password, and sends the browser on.
func (p *Provider) login(w http.ResponseWriter, r *http.Request, back func(context.Context, string) string) {
	id, ok := r.FormValue("id"), false
	p.change(func() {
		user, known := p.users[r.FormValue("email")]
		request := p.requests[id]
		ok = known && request != nil && subtle.ConstantTimeCompare([]byte(user.Password), []byte(r.FormValue("password"))) == 1
		if ok {
			request.subject, request.done = user.ID, true
		}
	})
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		_ = form.Execute(w, map[string]string{"ID": id, "Error": "The address or the password is wrong."})
		return
	}
	http.Redirect(w, r, back(r.Context(), id), http.StatusFound)
}

// SignIn does what a person's browser does at a provider: it goes to a URL, fills in the form, and returns where the
// provider sends it, which it does not follow.
func (p *Provider) SignIn(t testing.TB, start, email, password string) *url.URL {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), p.URL+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	at, to := visit(t, browser, http.MethodGet, start, nil)
	if at.Path == "/login" {
		values := url.Values{"id": {at.Query().Get("id")}, "email": {email}, "password": {password}}
		at, to = visit(t, browser, http.MethodPost, p.URL+"/login", values)
	}
	if to == nil {
		t.Fatalf("the provider sends nobody on from %s", at)
	}
	return to
}

// visit asks for a page and returns where it led to within the provider, and out of it; nil: nowhere.
func visit(t testing.TB, browser *http.Client, method, address string, form url.Values) (at, to *url.URL) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if to, err = response.Location(); err != nil {
		to = nil
	}
	return response.Request.URL, to
}
