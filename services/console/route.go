package console

import (
	"net/http"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A route is a page, a part of one, or a change.
type route struct {
	method, path string
	access       access
	// operation names a change in the audit log, as the onboarding API names it where it has it. Empty: nothing is changed.
	operation string
	page      func(*exchange) error
}

// access says who may use a route.
type access struct {
	anyone   bool             // also who is not signed in
	role     admin.Role       // an administrator with it, or more
	purpose  operator.Purpose // and who came by a set-up link that is for it
	operator operator.Role    // an operator with it, or more: on the operator's host alone
}

var (
	anyone = access{anyone: true}
	viewer = access{role: admin.Viewer}
	editor = access{role: admin.Admin}
	owner  = access{role: admin.Owner}
)

// or lets in who came by a set-up link for a purpose, too.
func (a access) or(purpose operator.Purpose) access {
	a.purpose = purpose
	return a
}

func get(path string, a access, page func(*exchange) error) route {
	return route{method: http.MethodGet, path: path, access: a, page: page}
}

func post(path string, a access, operation string, page func(*exchange) error) route {
	return route{method: http.MethodPost, path: path, access: a, operation: operation, page: page}
}
