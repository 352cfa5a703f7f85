package web

import (
	"net/http"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A Route is a page, a part of one, or a change.
type Route struct {
	Method, Path string
	access       Access
	// operation names a change in the audit log, as the onboarding API names it where it has it. Empty: nothing is changed.
	operation string
	page      func(*Exchange) error
}

// Access says who may use a route.
type Access struct {
	anyone   bool             // also who is not signed in
	role     admin.Role       // an administrator with it, or more
	purpose  operator.Purpose // and who came by a set-up link that is for it
	operator operator.Role    // an operator with it, or more: on the operator's host alone
}

// Who may: anyone at all, or an administrator with a role, or more.
var (
	Anyone  = Access{anyone: true}
	Viewers = Access{role: admin.Viewer}
	Editors = Access{role: admin.Admin}
	Owners  = Access{role: admin.Owner}
)

// Or lets in who came by a set-up link for a purpose, too.
func (a Access) Or(purpose operator.Purpose) Access {
	a.purpose = purpose
	return a
}

// Operators lets in operators with a role, or more, on the operator's host alone.
func Operators(role operator.Role) Access { return Access{operator: role} }

// Get is a page, or a part of one.
func Get(path string, a Access, page func(*Exchange) error) Route {
	return Route{Method: http.MethodGet, Path: path, access: a, page: page}
}

// Post is a change, which the audit log names by the operation. "": the page itself records what it comes to, or nothing is
// changed.
func Post(path string, a Access, operation string, page func(*Exchange) error) Route {
	return Route{Method: http.MethodPost, Path: path, access: a, operation: operation, page: page}
}
