//go:build unix

package walk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// entra sends what Microsoft Entra ID does.
type entra struct{ via sender }

// A sender takes a request of an identity provider, and returns the status and the document of its answer.
type sender interface {
	send(ctx context.Context, method, path string, body []byte) (int, []byte, error)
}

// pasted are what an administrator pastes at an identity provider: it sends over HTTP.
type pasted struct {
	http       *http.Client
	url, token string // Tenant URL, Secret Token
}

func (p *pasted) send(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/scim+json")
	response, err := p.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

type object = map[string]any

// send sends a request and returns the answer, which must have a status.
func (e *entra) send(t *testing.T, want int, method, path string, body any) object {
	t.Helper()
	var text []byte
	var err error
	if body != nil {
		text, err = json.Marshal(body)
		must(t, err)
	}
	status, answer, err := e.via.send(t.Context(), method, path, text)
	must(t, err)
	if status != want {
		t.Fatalf("%s %s: %d, want %d: %.300s", method, path, status, want, answer)
	}
	var document object
	if len(answer) > 0 {
		must(t, json.Unmarshal(answer, &document))
	}
	return document
}

// testConnection is what the button of that name does: it looks for a user that nobody is.
func (e *entra) testConnection(t *testing.T) {
	t.Helper()
	e.find(t, "f9ab5e4a-3c8a-4b1e-9a31-8d1a2ab5d7b6")
}

// find returns the id of the user who has a name, "" where there is none.
func (e *entra) find(t *testing.T, name string) string {
	t.Helper()
	answer := e.send(t, http.StatusOK, http.MethodGet, "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", name)), nil)
	list, _ := answer["Resources"].([]any)
	if len(list) == 0 {
		return ""
	}
	return idOf(t, list[0].(object))
}

func idOf(t *testing.T, resource object) string {
	t.Helper()
	id, ok := resource["id"].(string)
	if !ok || id == "" {
		t.Fatalf("it has no id: %v", resource)
	}
	return id
}

// createUser returns the id of a new user.
func (e *entra) createUser(t *testing.T, p person) string {
	t.Helper()
	return idOf(t, e.send(t, http.StatusCreated, http.MethodPost, "/Users", p.document()))
}

// createGroup returns the id of a new group, whose members come after it.
func (e *entra) createGroup(t *testing.T, name string) string {
	t.Helper()
	return idOf(t, e.send(t, http.StatusCreated, http.MethodPost, "/Groups", object{
		"schemas":    []string{"urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"},
		"externalId": name, "displayName": name,
	}))
}

func (e *entra) addMembers(t *testing.T, group string, users ...string) {
	t.Helper()
	for len(users) > 0 {
		n := min(len(users), 100)
		var members []object
		for _, id := range users[:n] {
			members = append(members, object{"value": id})
		}
		e.patch(t, http.StatusNoContent, "/Groups/"+group, object{"op": "Add", "path": "members", "value": members})
		users = users[n:]
	}
}

// patch changes a resource, in Entra's dialect.
func (e *entra) patch(t *testing.T, want int, path string, operations ...object) {
	t.Helper()
	e.send(t, want, http.MethodPatch, path, object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
}

// disable is what becomes of who is not assigned any more.
func (e *entra) disable(t *testing.T, id string) {
	t.Helper()
	e.patch(t, http.StatusOK, "/Users/"+id, object{"op": "Replace", "path": "active", "value": "False"})
}

// person is somebody of a company.
type person struct {
	given, family, title, department, city string
	mail                                   string
}

func (p person) document() object {
	return object{
		"schemas":    []string{"urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
		"externalId": strings.Split(p.mail, "@")[0], "userName": p.mail, "active": true, "displayName": p.given + " " + p.family,
		"name":      object{"givenName": p.given, "familyName": p.family, "formatted": p.given + " " + p.family},
		"emails":    []object{{"type": "work", "value": p.mail, "primary": true}},
		"addresses": []object{{"type": "work", "locality": p.city, "country": "Germany"}},
		"title":     p.title,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": object{"department": p.department},
	}
}
