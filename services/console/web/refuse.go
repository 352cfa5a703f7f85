package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Refusal is an error that the viewer may read: it becomes a page that explains.
type Refusal struct { //nolint:errname // it is what the viewer reads
	status int
	title  string // what happened
	detail string // why, and what to do, in sentences
	link   link   // where to go from here
	err    error  // the cause, for the log
}

type link struct{ Path, Text string }

// Error says what happened and names the cause.
func (r *Refusal) Error() string {
	if r.err != nil {
		return r.title + ": " + r.err.Error()
	}
	return r.title
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.err }

// Refuse returns a refusal: what happened, and why and what to do in sentences.
func Refuse(status int, title, format string, arguments ...any) *Refusal {
	return &Refusal{status: status, title: title, detail: fmt.Sprintf(format, arguments...)}
}

// Because returns the refusal with its cause.
func (r *Refusal) Because(err error) *Refusal {
	with := *r
	with.err = err
	return &with
}

// At returns the refusal with where to go from it.
func (r *Refusal) At(path, text string) *Refusal {
	with := *r
	with.link = link{path, text}
	return &with
}

// Refusals that every part has need of.
var (
	errNoTenant = Refuse(http.StatusNotFound, "There is nothing at this address",
		"No tenant of Spoke has it. Check its spelling, or ask whoever gave it to you.")
	// ErrNothingHere says that there is no such page, or not what it was about.
	ErrNothingHere = Refuse(http.StatusNotFound, "There is no such page", "It may have moved, or what it was about is gone.").At("/", "To the overview")
	// ErrSignIn says that the viewer is not signed in any more.
	ErrSignIn = Refuse(http.StatusUnauthorized, "You are not signed in", "Your session has ended, or you were signed out elsewhere. Nothing was changed. Sign in and do it again.").
			At(place.SignIn, "Sign in")
	errAway = Refuse(http.StatusServiceUnavailable, "Spoke cannot reach its database just now",
		"It tries again with each request. What identity providers send meanwhile is answered so that they send it again. Reload this page in a minute.")
	errBroken = Refuse(http.StatusInternalServerError, "Something went wrong here", "It is logged. Reload the page; if it stays, tell whoever runs Spoke the request's number below.")

	errSeeOther = errors.New("see other") // the location is set
)

// refusal turns any error into what the viewer reads.
func (s *Console) refusal(err error) *Refusal {
	var r *Refusal
	switch {
	case errors.Is(err, errSeeOther):
		return &Refusal{status: http.StatusSeeOther, title: "sign in first"}
	case errors.As(err, &r):
		return r
	case tenantdb.Unavailable(err), errors.Is(err, context.DeadlineExceeded):
		return errAway.Because(err)
	case errors.Is(err, tenancy.ErrNotFound), errors.Is(err, admin.ErrNotFound), errors.Is(err, operator.ErrNotFound):
		return ErrNothingHere.Because(err)
	}
	return errBroken.Because(err)
}

// explain makes the refusal the answer.
func (x *Exchange) explain(r *Refusal) {
	x.status = r.status
	x.body.Reset()
	if x.GetHeader("HX-Request") != "" && x.Request.Method == http.MethodGet {
		x.explainToScript(r)
	}
	if r.status == http.StatusSeeOther {
		return
	}
	shown := map[string]any{"Title": r.title, "Detail": r.detail, "Link": r.link, "Status": r.status, "Kept": false}
	if r.status == http.StatusUnauthorized && len(x.Request.PostForm) > 0 {
		shown["Link"], shown["Kept"] = link{place.SignIn + "?next=" + url.QueryEscape(x.cameFrom()), r.link.Text}, true
	}
	if err := x.Render("refusal", r.status, shown); err != nil {
		x.console.Logger.Error("page of a refusal", "request_id", x.ID, "error", err)
		x.body.Reset()
		x.Header("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(&x.body, "%s\n\n%s\n", r.title, r.detail)
	}
}

// cameFrom is the page of this host whose form was sent, "/" where the browser does not say.
func (x *Exchange) cameFrom() string {
	from, err := url.Parse(x.Request.Referer())
	if err != nil || from.Host != x.Request.Host {
		return "/"
	}
	return admin.LocalPath(from.RequestURI())
}

// explainToScript keeps a page that looks again by itself from being replaced by a refusal: what is shown stays until it
// succeeds, and where the session has ended, the browser loads the page anew, which leads to where one signs in.
func (x *Exchange) explainToScript(r *Refusal) {
	switch {
	case r.status >= http.StatusInternalServerError:
		x.Header("HX-Reswap", "none")
	case r.status == http.StatusUnauthorized:
		x.Header("HX-Refresh", "true")
	}
}

// wantsPage says whether a browser asks, or one of its scripts.
func (x *Exchange) wantsPage() bool {
	return strings.Contains(x.GetHeader("Accept"), "text/html") || x.GetHeader("HX-Request") != "" || x.GetHeader("Sec-Fetch-Site") != ""
}
