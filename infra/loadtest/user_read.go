package main

import (
	"net/http"
	"net/url"
	"strings"
)

// pageSize is how many users list asks for.
const pageSize = 100

func getUser(b *bench) func(client, n int) request {
	return func(client, n int) request {
		u := b.users[pick(client, n, len(b.users))]
		return request{method: http.MethodGet, path: "/Users/" + u.id, status: http.StatusOK, want: u.name()}
	}
}

func (s *bare) getUser(w http.ResponseWriter, r *http.Request) {
	var document []byte
	err := s.db.QueryRowContext(r.Context(), `SELECT document FROM `+s.users+` WHERE id = $1`, r.PathValue("id")).Scan(&document)
	s.answer(w, http.StatusOK, document, err)
}

func findUser(b *bench) func(client, n int) request {
	return func(client, n int) request {
		u := b.users[pick(client, n, len(b.users))]
		path := "/Users?filter=" + url.QueryEscape(`userName eq "`+u.name()+`"`)
		return request{method: http.MethodGet, path: path, status: http.StatusOK, want: u.name()}
	}
}

func (s *bare) findUser(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(strings.TrimPrefix(r.FormValue("filter"), `userName eq "`), `"`)
	var document []byte
	err := s.db.QueryRowContext(r.Context(), `SELECT document FROM `+s.users+` WHERE user_name = $1`, name).Scan(&document)
	body := append([]byte(listHead+`1,"startIndex":1,"itemsPerPage":1,"Resources":[`), document...)
	s.answer(w, http.StatusOK, append(body, "]}"...), err)
}

const listHead = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":`

func listUsers(*bench) func(client, n int) request {
	return func(int, int) request {
		return request{
			method: http.MethodGet, path: "/Users?startIndex=1&count=100", status: http.StatusOK,
			want: `"userName":`, times: pageSize,
		}
	}
}

// listUsers counts in the same statement as it reads, which saves a round trip.
func (s *bare) listUsers(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.QueryContext(r.Context(), `SELECT (SELECT count(*) FROM `+s.users+`)::text, document
		FROM `+s.users+` ORDER BY created, id LIMIT 100`)
	if err != nil {
		s.answer(w, 0, nil, err)
		return
	}
	defer rows.Close()
	body := make([]byte, 0, 128<<10)
	for rows.Next() {
		var total string
		var document []byte
		if err := rows.Scan(&total, &document); err != nil {
			s.answer(w, 0, nil, err)
			return
		}
		if len(body) == 0 {
			body = append(body, listHead+total+`,"startIndex":1,"itemsPerPage":100,"Resources":[`...)
		} else {
			body = append(body, ',')
		}
		body = append(body, document...)
	}
	s.answer(w, http.StatusOK, append(body, "]}"...), rows.Err())
}
