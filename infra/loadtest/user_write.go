package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// createUser creates users that there are not yet.
func createUser(b *bench) func(client, n int) request {
	return func(int, int) request {
		u := b.newUser()
		return request{
			method: http.MethodPost, path: "/Users", body: u.body(),
			status: http.StatusCreated, want: u.name(),
		}
	}
}

// newUser numbers users on from those that there are.
func (b *bench) newUser() user { return user{digits: digits(int(b.created.Add(1) - 1))} }

func (s *bare) createUser(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		s.answer(w, 0, nil, err)
		return
	}
	_, err = s.db.ExecContext(r.Context(), `INSERT INTO `+s.users+` (`+userColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)`,
		uuid.NewString(), cut(body, "userName"), cut(body, "externalId"), cut(body, "displayName"), cut(body, "displayName"),
		body, body, time.Now())
	s.answer(w, http.StatusCreated, []byte(body), err)
}

// patchUser changes two values of a user each time to others than before.
func patchUser(b *bench) func(client, n int) request {
	return func(client, n int) request {
		u := b.users[pick(client, n, len(b.users))]
		title, mail := patched(b.patches.Add(1))
		return request{
			method: http.MethodPatch, path: "/Users/" + u.id, status: http.StatusOK, want: mail,
			body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` +
				`{"op":"Replace","path":"title","value":"` + title + `"},` +
				`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"` + mail + `"}]}`,
		}
	}
}

// patched are values that no other request of the run has, of whatever scenario, as long as those that a user begins with.
func patched(n int64) (title, mail string) {
	stamp := fmt.Sprintf("%08d", n)
	return "Director " + stamp, "mail." + stamp + "@example.com"
}

func (s *bare) patchUser(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		s.answer(w, 0, nil, err)
		return
	}
	id := r.PathValue("id")
	title, rest := cutValue(body)
	mail, _ := cutValue(rest)
	var document []byte
	err = s.db.QueryRowContext(r.Context(), `UPDATE `+s.users+`
		SET document = $2, search = $3, version = version + 1, modified = $4 WHERE id = $1 RETURNING document`,
		id, s.ready.document.fill(s.digits[id], title, mail),
		s.ready.search.fill(s.digits[id], strings.ToLower(title), mail), time.Now()).Scan(&document)
	s.answer(w, http.StatusOK, document, err)
}

// cut returns a string of a JSON body by its name: no parser, but enough for the bodies of this program.
func cut(body, name string) string {
	_, rest, _ := strings.Cut(body, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// cutValue returns the next "value" of a body and what follows it.
func cutValue(body string) (value, rest string) {
	_, rest, _ = strings.Cut(body, `"value":"`)
	value, rest, _ = strings.Cut(rest, `"`)
	return value, rest
}
