// Package place has the addresses of pages to which other parts of the console lead.
//
// Where a template leads is written in it; a test of package console follows all of them.
package place

// The pages that others lead to.
const (
	SignIn         = "/sign-in" // on both kinds of hosts
	Visit          = "/visit/"  // where an operator's visit begins, on the tenant's host; its secret follows
	Users          = "/users"
	Groups         = "/groups"
	Log            = "/log" // an entry's id follows
	SignOn         = "/settings/sign-on"
	Administrators = "/settings/administrators" // below it is one for each
)
