package gateway

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/askspoke/spoke/tenancy/oauth"
)

const (
	formType          = "application/x-www-form-urlencoded"
	clientCredentials = "client_credentials"
	assertionType     = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523 section 2.2
	maxForm           = 64 << 10                                                 // bytes
)

// readTokenRequest reads a request of the client credentials grant and how the client shows who it is: by a secret in the
// header Authorization (client_secret_basic) or in the form (client_secret_post), or by an assertion in the form. It
// shows that in one way only (RFC 6749 section 2.3). The query of the URL is nothing (section 2.3.1).
func readTokenRequest(r *http.Request) (oauth.Request, error) {
	form, err := readForm(r)
	if err != nil {
		return oauth.Request{}, err
	}
	request := oauth.Request{ClientID: form["client_id"], Secret: form["client_secret"], Scope: form["scope"], Assertion: form["client_assertion"]}
	ways := 0
	for _, shown := range []bool{r.Header.Get("Authorization") != "", request.Secret != "", request.Assertion != "" || form["client_assertion_type"] != ""} {
		if shown {
			ways++
		}
	}
	if ways > 1 {
		return request, invalidRequest("The client shows who it is in several ways. Send the secret in the header Authorization or in the form, or an assertion, but one of them.")
	}
	if r.Header.Get("Authorization") != "" {
		if err := readBasic(r, &request); err != nil {
			return request, err
		}
	}
	switch grant := form["grant_type"]; {
	case grant == "":
		return request, invalidRequest("grant_type is missing. Send grant_type=client_credentials.")
	case grant != clientCredentials:
		return request, &oauth.Error{Code: oauth.UnsupportedGrantType, Description: "The only grant_type is client_credentials."}
	case request.ClientID == "" && ways > 0:
		return request, invalidRequest("client_id is missing.")
	case request.Assertion == "" && form["client_assertion_type"] != "":
		return request, invalidRequest("client_assertion is missing.")
	case request.Assertion != "" && form["client_assertion_type"] != assertionType:
		return request, invalidRequest("client_assertion_type must be " + assertionType + ".")
	case ways == 0:
		return request, &oauth.Error{Code: oauth.InvalidClient, Description: "The client does not show who it is. Send its client_id and client_secret, or an assertion."}
	}
	return request, nil
}

func invalidRequest(description string) error {
	return &oauth.Error{Code: oauth.InvalidRequest, Description: description}
}

// readForm returns the parameters of the body. One without a value is as good as none, and one that is there twice is
// refused (RFC 6749 section 3.2).
func readForm(r *http.Request) (map[string]string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || kind != formType {
		return nil, invalidRequest("The Content-Type must be " + formType + ".")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxForm))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refuseOAuth(http.StatusRequestEntityTooLarge, oauth.InvalidRequest, "The body is too large.")
	case err != nil:
		return nil, invalidRequest("The body did not arrive whole. Send the request again.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("The body is not properly encoded as " + formType + ".")
	}
	form := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 1 {
			return nil, invalidRequest("A parameter is there more than once.")
		}
		if !printable(list[0]) {
			return nil, invalidRequest("A parameter has a character that it cannot have.")
		}
		form[name] = list[0]
	}
	return form, nil
}

// readBasic takes the client from the header Authorization. Both of its parts are encoded as in a form (RFC 6749 section
// 2.3.1).
func readBasic(r *http.Request, request *oauth.Request) error {
	wrong := &oauth.Error{Code: oauth.InvalidClient, Description: "The header Authorization is not that of a client: send Basic with its client_id and client_secret."}
	scheme, encoded, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") || len(r.Header.Values("Authorization")) > 1 {
		return wrong
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	id, secret, ok := strings.Cut(string(decoded), ":")
	if err != nil || !ok {
		return wrong
	}
	id, err = url.QueryUnescape(id)
	if err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil || !printable(id) || !printable(secret) {
		return wrong
	}
	if request.ClientID != "" && request.ClientID != id {
		return invalidRequest("The client_id of the form is not that of the header Authorization.")
	}
	request.ClientID, request.Secret = id, secret
	return nil
}
