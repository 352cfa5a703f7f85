package provider_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

var update = flag.Bool("update", false, "write the discovery documents under testdata instead of comparing with them")

// TestDiscoveryDocuments compares with testdata what a client reads of the service (RFC 7644 section 4, RFC 7643
// sections 5 to 7). None of it may be null (Entra ID's schema discovery), and paging and sorting change nothing.
func TestDiscoveryDocuments(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, name := range [...]string{"ServiceProviderConfig", "ResourceTypes", "Schemas"} {
		body := s.do("GET", "/"+name, "").is(t, http.StatusOK).Body
		var indented bytes.Buffer
		if err := json.Indent(&indented, body, "", "  "); err != nil {
			t.Fatal(err)
		}
		indented.WriteByte('\n')
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(indented.String(), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		if strings.Contains(string(body), "null") {
			t.Errorf("%s holds null", name)
		}
		same := s.do("GET", "/"+strings.ToUpper(name)+"?startIndex=2&count=0&sortBy=name&sortOrder=descending&attributes=name", "").is(t, http.StatusOK)
		if diff := cmp.Diff(string(body), string(same.Body)); diff != "" {
			t.Errorf("%s with parameters that mean nothing here (-without +with):\n%s", name, diff)
		}
		if got := s.do("GET", "/"+name+"?"+where(`name eq "User"`), ""); got.Status != http.StatusForbidden {
			t.Errorf("%s with a filter: %s", name, got.Body)
		}
	}
}

// TestDiscoveryOne reads each document by its own location.
func TestDiscoveryOne(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	for _, endpoint := range [...]string{"/ResourceTypes", "/Schemas"} {
		list, _ := s.do("GET", endpoint, "").is(t, http.StatusOK).object(t)["Resources"].([]any)
		if len(list) == 0 {
			t.Errorf("%s is empty", endpoint)
		}
		for _, item := range list {
			document, _ := item.(map[string]any)
			meta, _ := document["meta"].(map[string]any)
			location, _ := meta["location"].(string)
			path, below := strings.CutPrefix(location, base)
			if id, _ := document["id"].(string); !below || path != endpoint+"/"+id {
				t.Errorf("%s lists %q at %q", endpoint, id, location)
			}
			for _, spelling := range [...]string{path, strings.ToLower(path), strings.ToUpper(path)} {
				if diff := cmp.Diff(item, any(s.do("GET", spelling, "").is(t, http.StatusOK).object(t))); diff != "" {
					t.Errorf("%s (-listed +alone):\n%s", spelling, diff)
				}
			}
			if got := s.do("GET", path+"?"+where("x pr"), ""); got.Status != http.StatusForbidden {
				t.Errorf("%s with a filter: %s", path, got.Body)
			}
		}
		if got := s.do("GET", endpoint+"/nothing", ""); got.Status != http.StatusNotFound {
			t.Errorf("%s/nothing: %s", endpoint, got.Body)
		}
	}
}

// TestSchemasAreComplete has what the gallery validation of Entra ID needs: every attribute with every characteristic,
// externalId in both types, types with the usual words, and none for roles.
func TestSchemasAreComplete(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	list, _ := s.do("GET", "/Schemas", "").is(t, http.StatusOK).object(t)["Resources"].([]any)
	var check func(path string, attributes any)
	check = func(path string, attributes any) {
		items, _ := attributes.([]any)
		for _, item := range items {
			a, _ := item.(map[string]any)
			name, _ := a["name"].(string)
			for _, characteristic := range [...]string{"type", "multiValued", "description", "required", "caseExact", "mutability", "returned", "uniqueness"} {
				if a[characteristic] == nil || a[characteristic] == "" {
					t.Errorf("%s%s has no %s", path, name, characteristic)
				}
			}
			if (a["type"] == "complex") != (a["subAttributes"] != nil) || (a["type"] == "reference") != (a["referenceTypes"] != nil) {
				t.Errorf("%s%s has sub-attributes or reference types that do not fit its type", path, name)
			}
			check(path+name+".", a["subAttributes"])
		}
	}
	for _, item := range list {
		document, _ := item.(map[string]any)
		check(document["name"].(string)+".", document["attributes"])
	}
	for _, t1 := range s.Types {
		if t1.Schema.Attribute("externalId") == nil || t1.Schema.Attribute("id") == nil || t1.Schema.Attribute("meta") == nil {
			t.Errorf("the schema of %s lacks a common attribute", t1.Name)
		}
	}
	user := schema.User()
	for _, name := range [...]string{"emails", "phoneNumbers", "addresses"} {
		if kinds := user.Schema.Attribute(name).Sub("type").CanonicalValues; !slices.Contains(kinds, "work") || !slices.Contains(kinds, "home") || !slices.Contains(kinds, "other") {
			t.Errorf("%s.type has the values %v", name, kinds)
		}
	}
	if kinds := user.Schema.Attribute("roles").Sub("type").CanonicalValues; len(kinds) != 0 {
		t.Errorf("roles.type has the values %v, so that roles[primary eq \"True\"] is not found", kinds)
	}
}

// TestConfigurationIsTruthful asks for what ServiceProviderConfig denies.
func TestConfigurationIsTruthful(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	config := s.do("GET", "/ServiceProviderConfig", "").is(t, http.StatusOK).object(t)
	supported := func(name string) bool {
		feature, _ := config[name].(map[string]any)
		is, _ := feature["supported"].(bool)
		return is
	}
	want := map[string]bool{"patch": true, "filter": true, "bulk": true, "sort": true, "etag": true, "changePassword": false}
	got := make(map[string]bool)
	for name := range want {
		got[name] = supported(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("supported (-want +got):\n%s", diff)
	}
	pagination, _ := config["pagination"].(map[string]any)
	if pagination["cursor"] != true || pagination["index"] != true || pagination["defaultPaginationMethod"] != "index" || pagination["cursorTimeout"] != 3600.0 {
		t.Errorf("pagination: %v", pagination)
	}
	s.CursorKey = [32]byte{}
	config = s.do("GET", "/ServiceProviderConfig", "").is(t, http.StatusOK).object(t)
	pagination, _ = config["pagination"].(map[string]any)
	if _, has := pagination["cursorTimeout"]; has || pagination["cursor"] != false || pagination["index"] != true {
		t.Errorf("without a key: %v", pagination)
	}
	if e := scimError(s.do("GET", "/Users?cursor", "").err); e == nil || e.Type != scim.InvalidCursor {
		t.Errorf("a cursor without a key: %v", e)
	}
}

// Who gets access tokens, and where, is said only where it is so.
func TestAuthenticationSchemes(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	types := func() []any {
		var all []any
		schemes, _ := s.do(http.MethodGet, "/ServiceProviderConfig", "").is(t, 200).object(t)["authenticationSchemes"].([]any)
		for _, scheme := range schemes {
			all = append(all, scheme.(map[string]any)["type"])
		}
		return all
	}
	if diff := cmp.Diff([]any{"oauthbearertoken"}, types()); diff != "" {
		t.Errorf("without OAuth (-want +got):\n%s", diff)
	}
	s.TokenURL = "https://acme.askspoke.com/oauth/token"
	if diff := cmp.Diff([]any{"oauthbearertoken", "oauth2"}, types()); diff != "" {
		t.Errorf("with OAuth (-want +got):\n%s", diff)
	}
}
