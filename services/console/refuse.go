package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// refusal is an error that the viewer may read: it becomes a page that explains.
type refusal struct {
	status int
	title  string // what happened
	detail string // why, and what to do, in sentences
	link   link   // where to go from here
	err    error  // the cause, for the log
}

type link struct{ Path, Text string }

// Error says what happened and names the cause.
func (r *refusal) Error() string {
	if r.err != nil {
		return r.title + ": " + r.err.Error()
	}
	return r.title
}

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, title, format string, arguments ...any) *refusal {
	return &refusal{status: status, title: title, detail: fmt.Sprintf(format, arguments...)}
}

// because returns the refusal with its cause.
func (r *refusal) because(err error) *refusal {
	with := *r
	with.err = err
	return &with
}

// at returns the refusal with where to go from it.
func (r *refusal) at(path, text string) *refusal {
	with := *r
	with.link = link{path, text}
	return &with
}

var (
	errNoTenant = refuse(http.StatusNotFound, "There is nothing at this address",
		"No tenant of Spoke has it. Check its spelling, or ask whoever gave it to you.")
	errNothingHere = refuse(http.StatusNotFound, "There is no such page", "It may have moved, or what it was about is gone.").at("/", "To the overview")
	errSignIn      = refuse(http.StatusUnauthorized, "You are not signed in", "Your session has ended, or you were signed out elsewhere. Nothing was changed. Sign in and do it again.").
			at(signInPath, "Sign in")
	errAway = refuse(http.StatusServiceUnavailable, "Spoke cannot reach its database just now",
		"It tries again with each request. What identity providers send meanwhile is answered so that they send it again. Reload this page in a minute.")
	errBroken = refuse(http.StatusInternalServerError, "Something went wrong here", "It is logged. Reload the page; if it stays, tell whoever runs Spoke the request's number below.")

	errSeeOther = errors.New("see other") // the location is set
)

// refusal turns any error into what the viewer reads.
func (s *Server) refusal(err error) *refusal {
	var r *refusal
	switch {
	case errors.Is(err, errSeeOther):
		return &refusal{status: http.StatusSeeOther, title: "sign in first"}
	case errors.As(err, &r):
		return r
	case tenantdb.Unavailable(err), errors.Is(err, context.DeadlineExceeded):
		return errAway.because(err)
	case errors.Is(err, tenancy.ErrNotFound), errors.Is(err, admin.ErrNotFound), errors.Is(err, operator.ErrNotFound):
		return errNothingHere.because(err)
	}
	return errBroken.because(err)
}

// explain makes the refusal the answer.
func (x *exchange) explain(r *refusal) {
	x.status = r.status
	x.body.Reset()
	if x.GetHeader("HX-Request") != "" && x.Request.Method == http.MethodGet {
		x.explainToScript(r)
	}
	if r.status == http.StatusSeeOther {
		return
	}
	if err := x.render("refusal", r.status, map[string]any{"Title": r.title, "Detail": r.detail, "Link": r.link, "Status": r.status}); err != nil {
		x.server.Logger.Error("page of a refusal", "request_id", x.id, "error", err)
		x.body.Reset()
		x.Header("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(&x.body, "%s\n\n%s\n", r.title, r.detail)
	}
}

// explainToScript keeps a page that looks again by itself from being replaced by a refusal: what is shown stays until it
// succeeds, and where the session has ended, the browser loads the page anew, which leads to where one signs in.
func (x *exchange) explainToScript(r *refusal) {
	switch {
	case r.status >= http.StatusInternalServerError:
		x.Header("HX-Reswap", "none")
	case r.status == http.StatusUnauthorized:
		x.Header("HX-Refresh", "true")
	}
}

// wantsPage says whether a browser asks, or one of its scripts.
func (x *exchange) wantsPage() bool {
	return strings.Contains(x.GetHeader("Accept"), "text/html") || x.GetHeader("HX-Request") != "" || x.GetHeader("Sec-Fetch-Site") != ""
}
