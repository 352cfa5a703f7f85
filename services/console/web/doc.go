// Package web is what each page of the console stands on: the way of a request, its session and viewer, routes and who may use
// them, refusals that explain, templates, the navigation, streams of live pages, and jobs behind answers.
//
// It knows no page and no store of what pages show: each part of the console brings a Part, and package console assembles
// them. It does not say who somebody is either (package account does).
//
// # The way of a request
//
// answer → resolve (host → tenant) → open (cookie → session) → identify (session → viewer) → sameSite (no post from another
// site) → authorize (the route's access) → record (a change is in the audit log before it is made; who signs in, once it is
// known who) → the page. Each step may end it with an error, which answer renders as a page that explains, counts and logs.
//
// Invariants: what others wrote is escaped by html/template, always; a page has no inline script or style, which its
// Content-Security-Policy refuses; each request asks anew whether its viewer still may; a change that the audit log cannot
// take is not made; an answer is sent whole or not at all, but for one that streams.
package web
