package conformance

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"

	"github.com/askspoke/spoke/scim"
)

var accessChecks = []Check{
	{
		Name: "a request without a token is refused with 401 and the ways to authenticate", Shows: []string{"7644-2-3", "7644-2-4"}, Needs: []Feature{Token},
		Run: func(t *Trial) {
			a := t.do(http.MethodGet, "/Users?count=1", nil, "Authorization", "")
			a.refused(http.StatusUnauthorized)
			if a.header.Get("WWW-Authenticate") == "" {
				t.errorf("there is no WWW-Authenticate")
			}
		},
	},
	{
		Name: "a request with a wrong token is refused with 401", Shows: []string{"7644-2-4", "7644-2-6", "7644-3.12-3"}, Needs: []Feature{Token},
		Run: func(t *Trial) {
			t.do(http.MethodGet, "/Users?count=1", nil, "Authorization", "Bearer "+t.name("nobody")).refused(http.StatusUnauthorized)
			t.do(http.MethodPost, "/Users", t.newUser(nil), "Authorization", "Bearer "+t.name("nobody")).refused(http.StatusUnauthorized)
		},
	},
	{
		Name: "no answer sets a cookie that outlasts the session", Shows: []string{"7644-7.4-4"},
		Run: func(t *Trial) {
			user := t.do(http.MethodPost, "/Users", t.newUser(nil)).is(http.StatusCreated)
			for _, a := range []answer{
				user, t.get("/Users?count=1"), t.get("/ServiceProviderConfig"), t.get("/Users/" + t.name("nobody")),
				t.do(http.MethodGet, "/Users?count=1", nil, "Authorization", "Bearer "+t.name("nobody")),
			} {
				for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
					if cookie.MaxAge > 0 || !cookie.Expires.IsZero() {
						t.errorf("%s sets the cookie %s, which lasts", a.request, cookie.Name)
					}
				}
			}
		},
	},
	{
		Name: "the provider is served over TLS 1.2 or later", Shows: []string{"7644-7.2-1", "7644-7.2-2", "7644-7.4-2"}, Needs: []Feature{TLS},
		Run: func(t *Trial) {
			a := t.get("/ServiceProviderConfig").is(http.StatusOK)
			if a.tls == nil || a.tls.Version < tls.VersionTLS12 {
				t.errorf("the connection is not TLS 1.2 or later")
			}
		},
	},
}

// ada is a name that is not ASCII, and a smile beyond the basic plane.
const ada = "Ådá Løvelace-ジェン 🙂"

var formatChecks = []Check{
	{
		Name: "text is UTF-8 both ways", Shows: []string{"7644-3.8-1", "7644-3.8-2", "7643-2.3.4-1"},
		Run: func(t *Trial) {
			user := t.user(object{"displayName": ada})
			t.equal("displayName", user["displayName"], ada)
			t.equal("displayName", t.read(user)["displayName"], ada)
			escaped := `{"schemas":["` + userSchema + `"],"userName":"` + t.name("escaped") + `","displayName":"\u00c5d\u00e1 \ud83d\ude42"}`
			created := t.do(http.MethodPost, "/Users", escaped).is(http.StatusCreated).object()
			t.equal("an escaped displayName", created["displayName"], "Ådá 🙂")
		},
	},
	{
		Name: "Accept takes application/scim+json", Shows: []string{"7644-3.8-3", "7644-8.1-1"},
		Run: func(t *Trial) {
			a := t.do(http.MethodGet, "/Users?count=1", nil, "Accept", mediaType).is(http.StatusOK)
			if kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); kind != mediaType {
				t.errorf("the Content-Type is %q", a.header.Get("Content-Type"))
			}
		},
	},
	{
		Name: "Accept takes application/json, anything, and nothing", Shows: []string{"7644-3.8-4", "7644-3.8-3"},
		Run: func(t *Trial) {
			for _, accept := range []string{"application/json", "*/*", "", "application/scim+json; charset=utf-8", "text/html, application/json;q=0.5"} {
				t.do(http.MethodGet, "/Users?count=1", nil, "Accept", accept).is(http.StatusOK).list()
			}
		},
	},
	{
		Name: "a body is application/scim+json or application/json", Shows: []string{"7644-3.8-1"},
		Run: func(t *Trial) {
			for _, kind := range []string{mediaType, "application/json", "application/scim+json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
				t.do(http.MethodPost, "/Users", t.newUser(nil), "Content-Type", kind).is(http.StatusCreated)
			}
		},
	},
	{
		Name: "a body that names another charset is refused, or read in that one", Shows: []string{"7644-3.8-1", "7644-3.8-2"},
		Run: func(t *Trial) {
			a := t.do(http.MethodPost, "/Users", t.newUser(object{"title": "\u00e9"}), "Content-Type", mediaType+"; charset=iso-8859-1")
			if a.status >= 400 {
				a.refused(http.StatusUnsupportedMediaType)
				return
			}
			t.equal("title", a.is(http.StatusCreated).object()["title"], "\u00c3\u00a9")
		},
	},
	{
		Name: "errors are application/scim+json too", Shows: []string{"7644-8.1-1"},
		Run: func(t *Trial) {
			for _, path := range []string{"/Users/" + t.name("nobody"), "/Nothing"} {
				a := t.get(path).is(http.StatusNotFound)
				if kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); kind != mediaType {
					t.errorf("the Content-Type is %q", a.header.Get("Content-Type"))
				}
			}
		},
	},
	{
		Name: "a request of another version of the protocol is refused", Shows: []string{"7644-3.13-1", "7644-3.13-2"}, Needs: []Feature{Version},
		Run: func(t *Trial) {
			other := url.URL{Scheme: t.base.Scheme, Host: t.base.Host, Path: t.base.Path[:strings.LastIndexByte(t.base.Path, '/')] + "/v99/Users"}
			if a := t.send(other.String(), http.MethodGet, nil, nil); a.status < 400 || a.status >= 500 {
				t.errorf("GET %s is answered with %d", other.Path, a.status)
			}
		},
	},
}

var errorChecks = []Check{
	{
		Name: "an error is a JSON body with its status as a string", Shows: []string{"7644-3.12-1", "7644-3.12-2", "7644-3.2-3", "7644-3.2-4", "7643-3-1", "7644-3.1-1"},
		Run: func(t *Trial) {
			t.get("/Users/" + t.name("nobody")).refused(http.StatusNotFound)
			t.get("/Users" + where(`userName`)).refused(http.StatusBadRequest)
			t.do(http.MethodPost, "/Users", object{"schemas": list{userSchema}}).refused(http.StatusBadRequest)
		},
	},
	{
		Name: "what does not exist is 404", Shows: []string{"7644-3.12-3"},
		Run: func(t *Trial) {
			nobody := "/Users/" + t.name("nobody")
			t.get(nobody).refused(http.StatusNotFound)
			t.do(http.MethodDelete, nobody, nil).refused(http.StatusNotFound)
			t.get("/Users/2819c223-7f76-453a-919d-413861904646").refused(http.StatusNotFound)
			t.get("/Nothing").refused(http.StatusNotFound)
			t.get("/Schemas/urn:example:nothing").refused(http.StatusNotFound)
			t.get("/ResourceTypes/Nothing").refused(http.StatusNotFound)
		},
	},
	{
		Name: "a method that an endpoint does not take is refused", Shows: []string{"7644-3.12-3"},
		Run: func(t *Trial) {
			user := t.user(nil)
			t.do(http.MethodPost, at(user), t.newUser(nil)).refused4xx()
			t.do(http.MethodDelete, "/Users", nil).refused4xx()
			t.put("/Users", t.newUser(nil)).refused4xx()
		},
	},
	{
		Name: "a body that is no JSON object is refused with invalidSyntax", Shows: []string{"7644-3.12-6", "7644-3.12-3"},
		Run: func(t *Trial) {
			user := t.user(nil)
			for _, body := range []string{"{", "", "[]", `"text"`, `{"userName":}`, "\xff\xfe"} {
				t.do(http.MethodPost, "/Users", body).refused(http.StatusBadRequest, scim.InvalidSyntax)
				t.put(at(user), body).refused(http.StatusBadRequest, scim.InvalidSyntax)
				t.do(http.MethodPatch, at(user), body).refused(http.StatusBadRequest, scim.InvalidSyntax)
			}
		},
	},
	{
		Name: "a value of the wrong type is refused", Shows: []string{"7644-3.12-8", "7644-3.12-3"},
		Run: func(t *Trial) {
			for name, value := range map[string]any{"title": 7, "displayName": object{"x": 1}, "name": "text", "active": 1, "emails": 7, "userName": list{"x", "y"}} {
				t.do(http.MethodPost, "/Users", t.newUser(object{name: value})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
			}
		},
	},
	{
		Name: "text for a list is refused", Shows: []string{"7644-3.12-8"}, Tolerates: []scim.Tolerance{scim.ObjectAsList, scim.StringAsComplex},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"emails": "text"})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a list for one value is refused", Shows: []string{"7644-3.12-8"}, Tolerates: []scim.Tolerance{scim.ListAsObject},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"name": list{object{"givenName": "B"}}})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a boolean as text is refused with invalidValue", Shows: []string{"7644-3.12-8"}, Tolerates: []scim.Tolerance{scim.BooleanAsString},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", t.newUser(object{"active": "False"})).refused(http.StatusBadRequest, scim.InvalidValue, scim.InvalidSyntax)
		},
	},
	{
		Name: "a body without schemas is refused", Shows: []string{"7643-2.1-1", "7643-3-2", "7643-3.3-1"}, Tolerates: []scim.Tolerance{scim.MissingSchemas},
		Run: func(t *Trial) {
			t.do(http.MethodPost, "/Users", object{"userName": t.name("user")}).refused(http.StatusBadRequest)
		},
	},
}

// refused4xx checks that the request was refused as the client's mistake.
func (a answer) refused4xx() {
	if a.status < 400 || a.status >= 500 && a.status != http.StatusNotImplemented {
		a.t.fatalf("%s is answered with %d, want a refusal", a.request, a.status)
	}
	a.failure()
}
