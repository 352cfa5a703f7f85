package dialect

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Target is a SCIM service provider to play at.
type Target struct {
	URL   string // base URI that requests go to, without a slash at the end
	Token string // of Authorization: Bearer
	// Base is the base URI as the server names it in meta.location. "": URL.
	Base string
	// Transport sends the requests; redirections are not followed. nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// Report is what came of a transcript.
type Report struct {
	// NotPlayed is why nothing was sent: what the transcript requires and the target does not announce.
	NotPlayed string
	// Findings are the expectations that were not met, each with its place in the file. A step after one that answered
	// with an unexpected status is still played where its placeholders are known.
	Findings []string
}

// features are where ServiceProviderConfig announces what a transcript may require.
var features = map[string]string{
	"cursor": "pagination.cursor", "bulk": "bulk.supported", "sort": "sort.supported", "etag": "etag.supported",
}

// Run plays a transcript from an empty directory.
func (tr *Transcript) Run(ctx context.Context, target Target) Report {
	r := newRun(ctx, target, tr)
	if reason := r.lacks(); reason != "" {
		return Report{NotPlayed: reason}
	}
	r.playAll(tr.steps)
	return Report{Findings: r.findings}
}

// run is a transcript on its way.
type run struct {
	*Transcript
	ctx      context.Context
	target   Target
	saved    map[string]any
	n        int
	findings []string
}

func newRun(ctx context.Context, target Target, tr *Transcript) *run {
	if target.Base == "" {
		target.Base = target.URL
	}
	if target.Transport == nil {
		target.Transport = http.DefaultTransport
	}
	return &run{Transcript: tr, ctx: ctx, target: target, saved: make(map[string]any)}
}

func (r *run) playAll(steps []step) {
	for _, s := range steps {
		for n := 1; n <= s.repeat; n++ {
			r.n = n
			r.play(s)
		}
	}
}

func (r *run) find(line int, s step, format string, args ...any) {
	r.findings = append(r.findings, fmt.Sprintf("%s.txt:%d: %s: ", r.Name, line, s.title)+fmt.Sprintf(format, args...))
}

// lacks says what the transcript requires and the target does not announce, or "".
func (r *run) lacks() string {
	if len(r.Requires) == 0 {
		return ""
	}
	config, err := r.send(step{method: http.MethodGet, target: "/ServiceProviderConfig"})
	if err != nil {
		return err.Error()
	}
	for _, name := range r.Requires {
		if got, _ := lookup(config.body, features[name]); got != true {
			return "it requires " + name + ", and ServiceProviderConfig has no " + features[name]
		}
	}
	return ""
}

// answer is what came back. body is nil where there was none.
type answer struct {
	status int
	header http.Header
	text   string
	body   any
}

func (r *run) play(s step) {
	a, err := r.send(s)
	if err != nil {
		r.find(s.line, s, "%v", err)
		return
	}
	if !slices.Contains(s.statuses, a.status) {
		r.find(s.line, s, "%s %s: status %d, want %s: %.1500s", s.method, s.target, a.status, join(s.statuses), a.text)
	}
	for _, wrong := range a.breaches(s.method, s.target) {
		r.find(s.line, s, "%s: %.1500s", wrong, a.text)
	}
	for _, c := range s.checks {
		operand, err := r.fill(c.operand)
		if err != nil {
			r.find(c.line, s, "%v", err)
			continue
		}
		if c.path, err = r.fill(c.path); err != nil {
			r.find(c.line, s, "%v", err)
			continue
		}
		if wrong := c.meets(a, operand); wrong != "" {
			r.find(c.line, s, "want %s %s %s, but it %s", c.path, c.op, operand, wrong)
		}
	}
	if s.save != "" {
		r.saved[strings.ReplaceAll(s.save, "{{n}}", strconv.Itoa(r.n))] = a.body
	}
}

func join(statuses []int) string {
	words := make([]string, len(statuses))
	for i, status := range statuses {
		words[i] = strconv.Itoa(status)
	}
	return strings.Join(words, " or ")
}
