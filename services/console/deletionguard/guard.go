package deletionguard

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/actor"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// guardPath is the deletion guard, and deletedPath what was deleted and can be restored.
const (
	guardPath   = "/guard"
	deletedPath = guardPath + "/deleted"
)

func (s *Pages) routes() []web.Route {
	return []web.Route{
		web.Get(guardPath, web.Viewers, s.guardPage),
		web.Post(guardPath+"/settings", web.Editors, "updateTenant", s.changeGuard),
		web.Get(guardPath+"/holds/:hold", web.Viewers, s.holdPage),
		web.Post(guardPath+"/holds/:hold/approve", web.Editors, "approveHold", s.approveHold),
		web.Post(guardPath+"/holds/:hold/reject", web.Editors, "rejectHold", s.rejectHold),
		web.Get(deletedPath, web.Viewers, s.deletedPage),
		web.Post(deletedPath+"/:entry/restore", web.Editors, "restoreDeleted", s.restoreOne),
		web.Post(deletedPath+"/restore", web.Editors, "restoreDeleted", s.restoreAll),
	}
}

// guardShown is the deletion guard of a tenant.
type guardShown struct {
	Open     *holdShown // that waits for a decision; nil: none
	Past     []holdShown
	Next     string
	First    bool
	Settings guardForm
	Words    []string // the settings in words
	Default  tenancy.Guard
}

// holdShown is a hold for people.
type holdShown struct {
	guard.Hold
	Path, Badge, Text string
	Reason            string
	Asked, Decider    string // who would have deleted, and who decided
}

// guardForm is the form of the guard's settings.
type guardForm struct {
	Version                        string // of the tenant, that the form was made from
	Minutes, Count, Minimum, Share string
	Problems                       map[string]string
	Problem                        string
}

// holdsShown is how many holds, and what of one hold, a page has.
const (
	holdsShown = 20
	heldShown  = 50
)

// guardPage shows what is held and was held, and when the guard holds.
func (s *Pages) guardPage(x *web.Exchange) error {
	page, err := s.guardOf(x)
	if err != nil {
		return err
	}
	return x.Show("guard", page)
}

func (s *Pages) guardOf(x *web.Exchange) (page guardShown, err error) {
	schema := tenantdb.SchemaFor(x.Tenant.ID)
	t, err := s.Tenants.ByID(x.Context(), x.Tenant.ID) // as it is now: the registry's can be a second old
	if err != nil {
		return page, err
	}
	who, err := s.Actors.Names(x.Context(), x.Tenant.ID)
	if err != nil {
		return page, err
	}
	after := x.Query("after")
	page.First = after == ""
	holds, err := s.Guard.Holds(x.Context(), schema, after, holdsShown)
	if errors.Is(err, guard.ErrCursor) {
		return page, web.Refuse(http.StatusBadRequest, "This page of the holds cannot be shown", "The address was cut off or changed. Begin with the first page.").At(guardPath, "To the deletion guard").Because(err)
	}
	if err != nil {
		return page, err
	}
	open, err := s.Guard.Open(x.Context(), schema)
	switch {
	case errors.Is(err, guard.ErrNotFound):
	case err != nil:
		return page, err
	default:
		shown := s.hold(open, who, x.Now())
		page.Open = &shown
	}
	for _, h := range holds.Holds {
		if h.State != guard.Open {
			page.Past = append(page.Past, s.hold(h, who, x.Now()))
		}
	}
	if holds.Next != "" {
		page.Next = guardPath + "?after=" + holds.Next
	}
	page.Settings, page.Words, page.Default = guardFormOf(t), guardWords(t.Settings.Guard), tenancy.DefaultGuard()
	return page, nil
}

// hold is a hold for people.
func (s *Pages) hold(h guard.Hold, who actor.Names, now time.Time) holdShown {
	shown := holdShown{Hold: h, Path: guardPath + "/holds/" + h.ID, Reason: holdReason(h.Found), Asked: who.Name(h.Found.Actor), Decider: decider(h, who)}
	switch h.State {
	case guard.Open:
		shown.Badge, shown.Text = "warning", "Waits for a decision"
	case guard.Approved:
		shown.Badge, shown.Text = "ok", "Approved"
	case guard.Rejected:
		shown.Badge, shown.Text = "notice", "Rejected"
	}
	if h.State != guard.Open && !now.Before(h.Until) {
		shown.Badge, shown.Text = "quiet", shown.Text+", over"
	}
	return shown
}

func decider(h guard.Hold, who actor.Names) string {
	if h.DecidedBy == "" {
		return ""
	}
	return who.Name(h.DecidedBy)
}

// holdReason says which limit was passed.
func holdReason(f guard.Found) string {
	window := windowText(f.Guard.Window)
	if f.Rule == guard.RulePercent {
		kind := strings.ToLower(f.ResourceType) + "s"
		return fmt.Sprintf("%d of %d %s would have been deleted or disabled within %s. At most %d %% may be, from %s on.",
			f.Resources, f.Directory, kind, window, f.Guard.Percent, word.Number(f.Guard.Minimum))
	}
	return fmt.Sprintf("%s users and groups would have been deleted or disabled within %s. At most %s may be.", word.Number(f.Leavers), window, word.Number(f.Guard.Count))
}

// windowText says how long a window is, exactly.
func windowText(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		length    time.Duration
		one, many string
	}{{time.Hour, "hour", "hours"}, {time.Minute, "minute", "minutes"}, {time.Second, "second", "seconds"}} {
		if n := int(d / unit.length); n > 0 {
			parts = append(parts, word.Plural(n, unit.one, unit.many))
			d %= unit.length
		}
	}
	return strings.Join(parts, " and ")
}

// guardWords are a guard's settings for people.
func guardWords(g tenancy.Guard) []string {
	window := windowText(g.Window)
	words := []string{fmt.Sprintf("Within %s, at most %s may be deleted or disabled, whatever the size of the directory.", window, word.Plural(g.Count, "user or group", "users and groups"))}
	if g.Percent >= 100 {
		return append(words, "A share of the directory holds nothing.")
	}
	return append(words, fmt.Sprintf("Nor may more than %d %% of the users, or of the groups, where that is at least %s. Who came within that time is not counted among them.", g.Percent, word.Number(g.Minimum)))
}

// store is the tenant's directory.
func (s *Pages) store(x *web.Exchange) directory.Store {
	return s.Directory.Store(tenantdb.SchemaFor(x.Tenant.ID), x.Tenant.Settings.UniqueGroupNames)
}
