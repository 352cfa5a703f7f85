package provisionlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/explain"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/journal"
)

// Replay is a refused request that an administrator sends again: it is judged and journaled as a client's own.
type Replay struct {
	Host   string // of the tenant
	Method string
	Path   string // below the tenant URL, percent-encoded
	Query  string
	Body   []byte

	Actor             string // the administrator
	RequestID         string // the console's
	ProviderRequestID string // of the request that is sent again
	Address           netip.Addr
	Once              string // what is sent again under the same one creates nothing twice
	Check             bool   // it is judged, and nothing is changed
}

// Replayed is the answer to a Replay.
type Replayed struct {
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool                // Body is the beginning
	Why       explain.Explanation // of a refusal
}

// maxReplay is how long a body that is sent again may be, in bytes.
const maxReplay = 256 << 10

// replayPage is the form that sends a request again, and what came of it.
type replayPage struct {
	ID, Text, Path string // of the entry
	Refusal        journal.Refusal
	OldStatus      int
	URL            string
	Once           string
	Body           string
	HasBody        bool
	Problem        string
	Lost           string
	Effect         string        // what it may change
	Warnings       []string      // what is not as it was when it was sent first
	NoCheck        string        // why it cannot be checked only, "" where it can
	Answer         *replayAnswer // nil: it was not sent yet
}

// replayAnswer is what came of it.
type replayAnswer struct {
	Check, Refused bool
	Held           bool // or would be, by the deletion guard
	Status         int
	Detail         string
	Why            explain.Explanation
	Body           string
	Truncated      bool
	Log            string // where the log has it
}

// replayOf reads the entry and makes the form.
func (s *Pages) replayOf(x *web.Exchange) (journal.Entry, replayPage, error) {
	e, err := s.entry(x)
	if err != nil {
		return e, replayPage{}, err
	}
	back := place.Log + "/" + e.ID
	r, err := e.Refusal()
	if err != nil {
		return e, replayPage{}, web.Refuse(http.StatusConflict, "There is nothing to send again", "%s", whyAccepted+" "+instead(e)).At(back, "Back to the entry").Because(err)
	}
	if s.Replay == nil || !sendable(r) {
		return e, replayPage{}, web.Refuse(http.StatusConflict, "This request cannot be sent again", "%s", whyPartly+" "+insteadOf).At(back, "Back to the entry")
	}
	names, err := s.store(x).Names(x.Context(), []string{e.ResourceID})
	if err != nil {
		return e, replayPage{}, err
	}
	page := replayPage{
		ID: e.ID, Path: back, Text: wanted(e, r, names), Refusal: r, OldStatus: e.Status, Once: uuid.NewString(),
		URL: s.TenantURL(x.Tenant.Slug) + r.Path, HasBody: mayHaveBody(r.Method), Lost: lostOf(e, r), Warnings: replayWarnings(r),
	}
	if isBulk(r.Path) {
		page.NoCheck = whyNoCheck
	}
	if r.Query != "" {
		page.URL += "?" + r.Query
	}
	page.Body, _ = bodyOf(r)
	page.Effect = effect(r, subject(e, nil, names))
	return e, page, nil
}

// effect says what a request may change.
func effect(r journal.Refusal, it string) string {
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, strings.HasSuffix(r.Path, "/.search"):
		return "It reads, and changes nothing."
	case r.Method == http.MethodDelete:
		return "It deletes " + it + ", with its memberships. The deletion guard counts it, and it can be restored for 30 days."
	case r.Method == http.MethodPost && isBulk(r.Path):
		return "It does each of its operations that it can: they may create, change and delete users and groups."
	case r.Method == http.MethodPost:
		return "It creates what the body describes. Your identity provider does not know of it until it looks for it."
	}
	return "It changes " + it + " as the body says. A user who is disabled by it loses access at once, unless the deletion guard holds that."
}

// replayWarnings say what is not as it was when the request came first.
func replayWarnings(r journal.Refusal) []string {
	var list []string
	switch scim.Rule(r.Rule) {
	case scim.RuleRequestPrecondition:
		list = append(list, "It was sent on a condition (If-Match), which the log does not keep: now it is made whatever the version is.")
	case scim.RuleBodyMediaType:
		list = append(list, "It was refused for its Content-Type. It is sent as application/scim+json now, whatever it was before.")
	case scim.RuleAuthMissing, scim.RuleAuthToken, scim.RuleAuthAddress, scim.RuleAuthScope:
		list = append(list, "It was refused for its token. It is sent in your name now, without a token, so that this says nothing of the token.")
	}
	return list
}

// replayForm shows what will be sent.
func (s *Pages) replayForm(x *web.Exchange) error {
	_, page, err := s.replayOf(x)
	if err != nil {
		return err
	}
	return x.Show("replay", page)
}

func (s *Pages) sendReplay(x *web.Exchange) error { return s.replay(x, false) }

func (s *Pages) checkReplay(x *web.Exchange) error { return s.replay(x, true) }

// replay sends the request, and shows the answer beside the one that it had.
func (s *Pages) replay(x *web.Exchange, check bool) error {
	e, page, err := s.replayOf(x)
	if err != nil {
		return err
	}
	x.Changes(e.ID)
	if once, err := uuid.Parse(x.PostForm("once")); err == nil {
		page.Once = once.String()
	} else {
		return web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was sent. Open the form anew.").At(page.Path+"/replay", "To the form").Because(err)
	}
	if check && page.NoCheck != "" {
		return refuseBulkCheck(page.Path)
	}
	var body []byte
	if page.HasBody {
		page.Body = x.PostForm("body")
		body = []byte(page.Body)
		if page.Problem = replayProblem(body, page.Refusal); page.Problem != "" {
			return x.ShowAgain("replay", page)
		}
	}
	answer, err := s.Replay(x.Context(), x.Tenant, Replay{
		Host: x.Host, Method: page.Refusal.Method, Path: page.Refusal.Path, Query: page.Refusal.Query, Body: body, Actor: x.Viewer.Actor,
		RequestID: x.ID, ProviderRequestID: e.ProviderRequestID, Address: x.Address, Once: page.Once, Check: check,
	})
	if err != nil {
		return err
	}
	page.Answer = replayAnswerOf(answer, check)
	if !check {
		page.Answer.Log, page.Once = logPathOf("request", x.ID), uuid.NewString()
		if page.Answer.Held {
			if err := s.Status.Due(x.Context(), x.Tenant.ID, x.Now()); err != nil {
				return err
			}
		}
	}
	return x.Show("replay", page)
}

// replayProblem says why a body is not sent, "" for one that is.
func replayProblem(body []byte, r journal.Refusal) string {
	body = bytes.TrimSpace(body)
	var object map[string]json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(body, &object); {
	case len(body) == 0:
		return "Write the body that is to be sent."
	case len(body) > maxReplay:
		return fmt.Sprintf("The body may have %d KiB. Send fewer members or operations.", maxReplay>>10)
	case errors.As(err, &syntax):
		return fmt.Sprintf("The body is no JSON: %s, at character %d.", syntax.Error(), syntax.Offset)
	case err != nil || object == nil:
		return "The body is no JSON object."
	case bytes.Contains(body, []byte(explain.Redacted)):
		if len(r.Redacted) > 0 {
			return "The body holds " + explain.Redacted + " in place of what the log does not keep (" + strings.Join(r.Redacted, ", ") + "). Write its value, or take it out."
		}
		return "The body holds " + explain.Redacted + ". Write the value that belongs there, or take it out."
	}
	return ""
}
