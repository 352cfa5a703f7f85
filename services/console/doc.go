// Package console serves the admin console: to a tenant's administrators on each of the tenant's hosts, and to operators on
// a host of its own.
//
// It does not serve SCIM, OAuth or a tenant's metrics, which have the same hosts (package gateway), and does not decide
// what a change means: the packages of tenancy do.
//
// # The way of a request
//
// answer → resolve (host → tenant) → open (cookie → session) → identify (session → viewer) → sameSite (no post from another
// site) → authorize (the route's access) → record (a change is in the audit log before it is made; who signs in, once it is
// known who) → the page. Each step may end it with an error, which answer renders as a page that explains, counts and logs.
//
// # How a page is added
//
//  1. A line in a table of routes (route.go names the tables): method, path, who may, and for what changes something the
//     operation by which the audit log names it.
//  2. A method of Server: func(x *exchange) error. It calls the domain, and ends with x.show (a page), x.fragment (a part of
//     one, for htmx), x.seeOther (after a change; a notice goes along) or an error. refuse makes errors that explain.
//  3. template/NAME.html, which defines "title" and "main", and has the parts of template/part.html at hand. A first paint
//     needs no JavaScript: links and forms do everything, and htmx makes some of it livelier.
//
// Invariants: a page has no inline script or style, which its Content-Security-Policy refuses; what others wrote is escaped
// by html/template, always; a secret is shown by the answer that made it and by no other; a GET changes nothing, but for who
// is signed in where an identity provider sends the browser back by one; each request asks anew whether an administrator, a
// set-up link, a visit or an operator still may. What an operator's OpenID provider would say now is not asked, which is why
// that session is short.
package console
