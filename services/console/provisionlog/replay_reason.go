package provisionlog

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/journal"
)

// What cannot be sent again, or checked, says why, and what to do instead.
const (
	whyAccepted = "An accepted request cannot be sent again: the change was made. The log keeps what it changed and not the request, which can hold passwords."
	whyPartly   = "This request cannot be sent again: the log did not keep all of its address, because it was too long or held a secret."
	insteadOf   = "To have it done again, have your identity provider send it again: with its next cycle, or at once where it can (Entra ID: Provision on demand)."
	whyNoCheck  = "A bulk cannot be checked: its operations build on one another, so that what becomes of one shows only when those before it are done. " +
		"To be careful, leave in the body only the operations that you are sure of, and send it: each has an answer of its own."
)

// instead is what to do where an accepted request is to be done again, or undone.
func instead(e journal.Entry) string {
	if e.Action == journal.ActionDelete {
		return "To undo the deletion, restore what was deleted, within 30 days: the page of the entry has it, or Deletion guard > Deleted users and groups. " +
			"To delete it once more after that, remove it at your identity provider."
	}
	return insteadOf
}

// isBulk says whether a path below the tenant URL, percent-encoded, is that of bulks.
func isBulk(path string) bool {
	plain, err := url.PathUnescape(path)
	return err == nil && strings.EqualFold(strings.Trim(plain, "/"), "bulk")
}

// whyNoReplay says why the page of an entry does not offer to send it again; "" where it does.
func (s *Pages) whyNoReplay(x *web.Exchange, e journal.Entry) string {
	r, err := e.Refusal()
	switch {
	case err != nil:
		return whyAccepted + " " + instead(e)
	case s.Replay == nil || !sendable(r):
		return whyPartly + " " + insteadOf
	case !x.Viewer.May("admin"):
		return "An admin can send it again."
	}
	return ""
}

// refuseBulkCheck is the answer to a check that is not offered.
func refuseBulkCheck(back string) error {
	return web.Refuse(http.StatusConflict, "A bulk cannot be checked", "%s", "Nothing was sent. "+whyNoCheck).At(back+"/replay", "To the form")
}
