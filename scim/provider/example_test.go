package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// Example serves SCIM from memory with net/http alone, and creates a user. A program would pass the handler to
// http.ListenAndServe, and ask for a token before it.
func Example() {
	const prefix = "/scim/v2"
	p := &provider.Provider{
		Store:   memstore.New(),
		Types:   []*schema.ResourceType{schema.User(), schema.Group()},
		Base:    "https://scim.example.com" + prefix,
		Lenient: scim.Auto,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var response provider.Response
		request, err := provider.ReadRequest(r, prefix)
		if err == nil {
			response, err = p.Serve(r.Context(), request)
		}
		if err != nil {
			allow := response.Allow // of a 405
			response = provider.Error(scim.AsError(err))
			response.Allow = allow
		}
		if response.WriteTo(w) != nil { // the client has gone, or the store
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()

	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`
	created, err := http.Post(server.URL+prefix+"/Users", provider.ContentType, strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	created.Body.Close()
	found, err := http.Get(server.URL + prefix + "/Users?attributes=userName&filter=userName+eq+%22ADA%22")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer found.Body.Close()
	list, _ := io.ReadAll(found.Body)
	fmt.Println(created.StatusCode, created.Header.Get("ETag"))
	fmt.Println(strings.Contains(string(list), `"userName":"ada"`))
	// Output:
	// 201 W/"1"
	// true
}
