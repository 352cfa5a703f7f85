package deletionguard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// holdDetail is one hold.
type holdDetail struct {
	holdShown
	Limits           []string // the guard's settings as they were, in words
	Count            guard.Count
	More             bool // more was held than is noted
	Held             []heldRow
	Next             string
	First            bool
	Decidable        bool // it can be approved or rejected
	Approvable       bool
	Approval, Refuse string // what the decisions mean
	Restore          string // the path of what was deleted since it was approved
}

// heldRow is a user or a group that a hold keeps.
type heldRow struct {
	Name, Kind, Path string
	Text             string // what was to be done
	First, Last      time.Time
	Attempts         int
	Who              string
}

var errNoHold = web.Refuse(http.StatusNotFound, "There is no such hold", "Holds are kept for 400 days after they end.").At(guardPath, "To the deletion guard")

// holdPage shows what a hold keeps, and asks for the decision.
func (s *Pages) holdPage(x *web.Exchange) error {
	schema := tenantdb.SchemaFor(x.Tenant.ID)
	h, err := s.Guard.Get(x.Context(), schema, x.Param("hold"))
	if errors.Is(err, guard.ErrNotFound) {
		return errNoHold.Because(err)
	}
	if err != nil {
		return err
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	page := holdDetail{holdShown: s.hold(h, who, x.Now()), Limits: guardWords(h.Found.Guard), More: h.Noted >= guard.MaxHeld, First: x.Query("after") == ""}
	if page.Count, err = s.Guard.Count(x.Context(), schema, h.ID); err != nil {
		return err
	}
	held, err := s.Guard.Held(x.Context(), schema, h.ID, x.Query("after"), heldShown)
	if errors.Is(err, guard.ErrCursor) {
		return web.Refuse(http.StatusBadRequest, "This page of the hold cannot be shown", "The address was cut off or changed. Begin with the first page.").At(page.Path, "To the hold").Because(err)
	}
	if err != nil {
		return err
	}
	for _, one := range held.Held {
		page.Held = append(page.Held, heldRowOf(one, who))
	}
	if held.Next != "" {
		page.Next = page.Path + "?after=" + url.QueryEscape(held.Next)
	}
	page.decisions(x.Now())
	return x.Show("hold", page)
}

func heldRowOf(h guard.Held, who actor.Names) heldRow {
	row := heldRow{Name: h.Name, Kind: h.ResourceType, Text: "Delete", First: h.First, Last: h.Last, Attempts: h.Attempts, Who: who.Name(h.Actor), Path: "/users/" + h.ResourceID}
	if h.ResourceType == "Group" {
		row.Path = "/groups/" + h.ResourceID
	}
	if h.Action == journal.ActionDisable {
		row.Text = "Disable"
	}
	if row.Name == "" {
		row.Name = h.ResourceID
	}
	return row
}

// decisions say what can be decided, and what that means for whom.
func (p *holdDetail) decisions(now time.Time) {
	p.Approvable = p.State == guard.Open || p.State == guard.Rejected && now.Before(p.Until)
	p.Decidable = p.State == guard.Open
	whom := affected(p.Count)
	p.Approval = fmt.Sprintf("%s when your identity provider asks again, which it does by itself. Whatever else it deletes or disables within %s is not held either. What is deleted can be restored for 30 days.",
		whom, windowText(guard.ApprovedFor))
	p.Refuse = fmt.Sprintf("%s keep their access. Your identity provider is refused for them for %d days. Correct its scope meanwhile, or it asks again. Others are counted anew.", kept(p.Count), int(guard.RejectedFor.Hours()/24))
	if p.State == guard.Approved {
		to := p.Until
		if now.Before(to) {
			to = now.Add(time.Minute)
		}
		p.Restore = deletedPath + "?" + url.Values{"from": {filter.Stamp(p.Decided)}, "to": {filter.Stamp(to.Add(time.Minute))}}.Encode()
	}
}

// affected says who loses what by an approval.
func affected(c guard.Count) string {
	switch {
	case c.Users == 0 && c.Groups == 0:
		return "What is held is deleted or disabled"
	case c.Groups == 0:
		return fmt.Sprintf("%s %s access", word.Plural(c.Users, "user", "users"), verb(c.Users, "loses", "lose"))
	case c.Users == 0:
		return fmt.Sprintf("%s %s deleted", word.Plural(c.Groups, "group", "groups"), verb(c.Groups, "is", "are"))
	}
	return fmt.Sprintf("%s %s access, and %s %s deleted,", word.Plural(c.Users, "user", "users"), verb(c.Users, "loses", "lose"), word.Plural(c.Groups, "group", "groups"), verb(c.Groups, "is", "are"))
}

func kept(c guard.Count) string {
	switch {
	case c.Users == 0 && c.Groups == 0:
		return "All"
	case c.Groups == 0:
		return "These " + word.Plural(c.Users, "user", "users")
	case c.Users == 0:
		return "These " + word.Plural(c.Groups, "group", "groups")
	}
	return "These " + word.Plural(c.Users, "user", "users") + " and " + word.Plural(c.Groups, "group", "groups")
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// approveHold approves what its form has shown as open, or as rejected: not what somebody has rejected since.
func (s *Pages) approveHold(x *web.Exchange) error {
	approve := s.Guard.ApproveOpen
	if guard.State(x.PostForm("seen")) == guard.Rejected {
		approve = s.Guard.Approve
	}
	return s.decide(x, approve, "The deletions are approved until %s. Your identity provider sends them again by itself.")
}

func (s *Pages) rejectHold(x *web.Exchange) error {
	return s.decide(x, s.Guard.Reject, "The deletions are rejected until %s. Correct the scope of your identity provider meanwhile.")
}

// decide makes a decision, and has the tenant's health looked at soon. A decision that was made already is made.
func (s *Pages) decide(x *web.Exchange, decision func(ctx context.Context, schema tenantdb.Schema, hold, by string, until time.Time) (guard.Hold, error), text string) error {
	id := x.Param("hold")
	back := guardPath + "/holds/" + url.PathEscape(id)
	x.Changes(id)
	if x.Tenant.State != tenancy.StateActive && x.Tenant.State != tenancy.StateSuspended && x.Tenant.State != tenancy.StatePaused {
		return web.Refuse(http.StatusConflict, "Nothing can be decided now", "%s of this tenant.", stateWords(x.Tenant.State)).At(guardPath, "To the deletion guard")
	}
	h, err := decision(x.Context(), tenantdb.SchemaFor(x.Tenant.ID), id, x.Viewer.Actor, time.Time{})
	var decided *guard.DecidedError
	switch {
	case errors.Is(err, guard.ErrNotFound):
		return errNoHold.Because(err)
	case errors.Is(err, guard.ErrOpen):
		return web.Refuse(http.StatusConflict, "Another hold waits for a decision", "Decide about that one first. Nothing was changed.").At(guardPath, "To the deletion guard").Because(err)
	case errors.As(err, &decided) && decided.Hold.State == guard.Rejected:
		return web.Refuse(http.StatusConflict, "The hold was rejected meanwhile", "Somebody rejected it since you opened the page. Nothing was changed. Look at it as it is now: it can be approved all the same.").
			At(back, "To the hold").Because(err)
	case errors.As(err, &decided):
		return web.Refuse(http.StatusConflict, "The hold was approved already", "It cannot be rejected any more. What was deleted can be restored.").At(back, "To the hold").Because(err)
	case err != nil:
		return err
	}
	if err := s.Status.Due(x.Context(), x.Tenant.ID, x.Now()); err != nil {
		return err
	}
	return x.SeeOther(back, web.Done(text, h.Until.UTC().Format("2 January 15:04 UTC")))
}
