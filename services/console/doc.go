// Package console serves the admin console: to a tenant's administrators on each of the tenant's hosts, and to operators on
// a host of its own.
//
// It does not serve SCIM, OAuth or a tenant's metrics, which have the same hosts (package gateway), and does not decide
// what a change means: the packages of tenancy do.
//
// This package assembles. What all pages stand on is package web, and each part of the navigation is a package:
//
//   - overview, people (Users, Groups), provisionlog, deletionguard, integration, administrator;
//   - signonsetting, how single sign-on is set up, and signin, how people come in and leave;
//   - setting, the small pages: Hosts, Schema extensions, Notifications, Plan and usage, General;
//   - operatorconsole, all of the operator's host.
//
// A part imports no other, but for signonsetting, which tests connections by the way of signin. What several need is in a
// small package: account (who a session's viewer is now), actor (names of who changed something), place (addresses to which
// others lead), filter (fields of a form that looks for something), word (numbers, times and states in English), letter
// (mails). Their tests stand on consoletest, and those that need a real browser are here.
//
// # How a page is added
//
//  1. In its part, a line in the table of routes: method, path, who may, and for what changes something the operation by
//     which the audit log names it. A store that the part lacks goes into its Stores, and into assembly.go here.
//  2. A method of the part's Pages: func(x *web.Exchange) error. It calls the domain, and ends with x.Show (a page),
//     x.Fragment (a part of one, for htmx), x.SeeOther (after a change; a notice goes along) or an error. web.Refuse makes
//     errors that explain.
//  3. template/NAME.html beside it, which defines "title" and "main", and has the parts of web/template at hand, and
//     template/part*.html of its own folder. A first paint needs no JavaScript: links and forms do everything, and htmx makes
//     some of it livelier.
//  4. Where it is a place of the navigation, a line in nav.go.
//
// A new part is a package with New and Part, and a line in assembly.go. infra/archtest keeps it from importing other parts.
//
// Invariants: a page has no inline script or style, which its Content-Security-Policy refuses; what others wrote is escaped
// by html/template, always; a secret is shown by the answer that made it and by no other; a GET changes nothing, but for who
// is signed in where an identity provider sends the browser back by one; each request asks anew whether an administrator, a
// set-up link, a visit or an operator still may. What an operator's OpenID provider would say now is not asked, which is why
// that session is short, and why "spoke operator sign-out" ends it at once.
package console
