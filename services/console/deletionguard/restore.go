package deletionguard

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"

	store "github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
)

// provider is what the tests call who comes

// restoredUp is what a part of a burst came to.
type restoredUp struct {
	filter   deletedFilter
	Count    int
	Lost     int // memberships that did not come back
	Failed   []restoreFailure
	FailedUp int    // how many failed, of which Failed are the first
	After    string // where it goes on; "": it is done
	Activate bool
}

// restoreFailure is a deletion that could not be taken back.
type restoreFailure struct{ Name, Why string }

// How much of a burst one request restores.
const (
	restoreAtOnce = 250
	restoreTime   = 15 * time.Second
	failuresShown = 20
)

var errRestoreLater = errors.New("the rest is for the next request")

// restoring is what a restoration needs: the tenant's types, and who does it for the journal.
func (s *Pages) restoring(x *web.Exchange) (ctx context.Context, types []*schema.ResourceType, err error) {
	switch x.Tenant.State {
	case tenancy.StateActive, tenancy.StateSuspended, tenancy.StatePaused:
	default:
		return nil, nil, web.Refuse(http.StatusConflict, "Nothing can be restored now", "%s of this tenant.", stateWords(x.Tenant.State)).At(deletedPath, "To what was deleted")
	}
	t, err := directory.ResourceTypes(x.Tenant.Extensions)
	return journal.WithOrigin(x.Context(), journal.Origin{Actor: x.Viewer.Actor, RequestID: x.ID, Start: x.Start}), t, err
}

// restoreOne takes one deletion back.
func (s *Pages) restoreOne(x *web.Exchange) error {
	ctx, types, err := s.restoring(x)
	if err != nil {
		return err
	}
	id := x.Param("entry")
	x.Changes(id)
	r, err := s.store(x).Restore(ctx, types, directory.Restoration{ID: id, At: x.Now(), Activate: x.PostForm("activate") == "yes"})
	if why := restoreProblem(err); why != "" {
		status := http.StatusConflict
		if errors.Is(err, directory.ErrNoDeletion) {
			status = http.StatusNotFound
		}
		return web.Refuse(status, "It was not restored", "%s", why).At(deletedPath, "To what was deleted").Because(err)
	}
	if err != nil {
		return err
	}
	return x.SeeOther(deletedPath, web.Done("%s", restoredText(r)))
}

// restoredText says what is there again, and what is not.
func restoredText(r directory.Restored) string {
	text := "The " + strings.ToLower(r.ResourceType) + " is restored, with " + word.Plural(r.Groups, "membership", "memberships") + " in groups"
	if r.ResourceType == "Group" {
		text += " and " + word.Plural(r.Members, "member", "members")
	}
	if lost := r.LostGroups + r.LostMembers; lost > 0 {
		text += ". " + word.Plural(lost, "membership is", "memberships are") + " not restored, since the other side is gone"
	}
	if len(r.Dropped) > 0 {
		text += ". Left out, since the schema extensions have changed: " + strings.Join(r.Dropped, ", ")
	}
	return text + "."
}

// restoreProblem says why one deletion cannot be taken back, "" for an error that is not about it.
func restoreProblem(err error) string {
	var taken *store.TakenError
	var circle *store.CircleError
	var gone *directory.UnrestorableError
	switch {
	case errors.Is(err, directory.ErrThere):
		return "It is there: it was restored already."
	case errors.Is(err, directory.ErrNoDeletion):
		return "No such deletion is kept: it was longer than 30 days ago, or never."
	case errors.As(err, &taken):
		return "Another one has its " + taken.Attribute + " now. Rename or delete that one first."
	case errors.As(err, &circle):
		return "The group would contain itself, through other groups."
	case errors.As(err, &gone):
		return gone.Detail
	}
	return ""
}

// restoreAll takes back what a filter chooses, as much of it as one request may, and offers to go on.
func (s *Pages) restoreAll(x *web.Exchange) error {
	ctx, types, err := s.restoring(x)
	if err != nil {
		return err
	}
	form := x.Request.PostForm
	up := &restoredUp{filter: deletedFilterOf(url.Values{"kind": form["kind"], "name": form["name"], "from": form["from"], "to": form["to"], "after": form["after"]})}
	up.Activate = x.PostForm("activate") == "yes"
	if len(up.filter.Problems) > 0 {
		return web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was restored. Open the page anew.").At(deletedPath, "To what was deleted")
	}
	until := time.Now().Add(restoreTime)
	err = s.store(x).RestoreAll(ctx, types, up.filter.directory(), up.Activate, s.Now, func(step directory.RestoreStep) error {
		up.note(step)
		up.After = step.Cursor
		if up.Count+up.FailedUp >= restoreAtOnce || time.Now().After(until) {
			return errRestoreLater
		}
		return nil
	})
	switch {
	case err == nil:
		up.After = ""
	case !errors.Is(err, errRestoreLater):
		return err
	}
	return s.showDeleted(x, up)
}

// note counts what came of one deletion.
func (u *restoredUp) note(step directory.RestoreStep) {
	if step.Err == nil {
		u.Count++
		u.Lost += step.Restored.LostGroups + step.Restored.LostMembers
		return
	}
	u.FailedUp++
	if len(u.Failed) < failuresShown {
		u.Failed = append(u.Failed, restoreFailure{step.Deleted.ResourceType + " " + word.Short(step.Deleted.Name), restoreProblem(step.Err)})
	}
}

// Fields are the hidden ones of the form that goes on.
func (u *restoredUp) Fields() map[string]string {
	f := u.filter
	fields := map[string]string{"kind": f.Kind, "name": f.Name, "from": f.From, "to": f.To, "after": u.After}
	if u.Activate {
		fields["activate"] = "yes"
	}
	return fields
}
