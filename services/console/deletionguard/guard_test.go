package deletionguard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/deletionguard"
	"github.com/askspoke/spoke/services/console/filter"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A burst is looked at, rejected and approved after all; what the identity provider asks for again passes then.
func TestGuard(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Get(t, "/guard").Is(t, http.StatusOK).Has(t, "Nothing is held", "Within 1 hour, at most 500 users and groups may be deleted or disabled", "No burst was held")
	p := w.Guarded(t)
	ann, bob, evil, dan, eve := p.User("ann"), p.User("bob"), p.User(consoletest.Script), p.User("dan"), p.User("eve")
	hold := p.Burst(ann, bob, evil, dan)
	p.Asks(http.MethodDelete, "/Users/"+dan, "")
	at := "/guard/holds/" + hold.ID
	b.Get(t, "/guard").Is(t, http.StatusOK).Has(t, "Deletions wait for you", "3 users and groups would have been deleted or disabled within 1 hour. At most 2 may be.", "Token “Entra "+consoletest.Script, "2 deletions and deactivations are kept back").Lacks(t, consoletest.Script)
	page := b.Get(t, at).Is(t, http.StatusOK).Has(t, "2 users, 0 groups", "User "+consoletest.Script+" Delete", "User dan Delete", "2 times", "2 users lose access when your identity provider asks again",
		"Whatever else it deletes or disables within 24 hours", "These 2 users keep their access", "refused for them for 7 days").Lacks(t, consoletest.Script)
	if !strings.Contains(page.Body, `href="/users/`+evil+`"`) {
		t.Error("no link to the user")
	}
	w.As(t, admin.Viewer).Get(t, at).Is(t, http.StatusOK).Has(t, "An admin can approve or reject it").Lacks(t, "/approve", "/reject")

	if got := b.Post(t, at+"/reject", nil).Is(t, http.StatusSeeOther).Header.Get("Location"); got != at {
		t.Errorf("sent to %s", got)
	}
	b.Get(t, at).Is(t, http.StatusOK).Has(t, "The deletions are rejected until", "Rejected", "by admin@acme.example").Lacks(t, at+"/reject")
	if status, _ := p.Asks(http.MethodDelete, "/Users/"+dan, ""); status != http.StatusForbidden {
		t.Errorf("after the rejection: %d", status)
	}
	b.Post(t, at+"/approve", url.Values{"seen": {"held"}}).Is(t, http.StatusConflict).Has(t, "The hold was rejected meanwhile") // another tab
	if shown := b.Get(t, at).Is(t, http.StatusOK).Has(t, "Rejected"); !strings.Contains(shown.Body, `name="seen" value="rejected"`) {
		t.Error("the form does not say what it was shown with")
	}
	b.Post(t, at+"/approve", url.Values{"seen": {"rejected"}}).Is(t, http.StatusSeeOther)
	b.Get(t, at).Is(t, http.StatusOK).Has(t, "The deletions are approved until", "Approved", "What was deleted since it was approved").Lacks(t, at+"/approve")
	for _, id := range []string{evil, dan, eve} {
		p.Does(http.MethodDelete, "/Users/"+id, "")
	}
	b.Post(t, at+"/reject", nil).Is(t, http.StatusConflict).Has(t, "The hold was approved already")
	b.Get(t, "/guard").Is(t, http.StatusOK).Has(t, "Nothing is held", "Past holds", "Approved by admin@acme.example")
	for operation, want := range map[string]int{"approveHold": 2, "rejectHold": 2} {
		if calls := w.Audit(t, operation); len(calls) != want || calls[0].Resource != hold.ID {
			t.Errorf("%s: %+v", operation, calls)
		}
	}
	decided, err := w.Guard.Get(t.Context(), tenantdb.SchemaFor(w.Acme.ID), hold.ID)
	consoletest.Must(t, err)
	if text, decider := deletionguard.HoldAt(decided, decided.Until); text != "Approved, over" || decider != "An administrator who was removed" {
		t.Errorf("a day later: %s, by %s", text, decider)
	}
}

// A decision that is sent twice is made once, and of another tenant's hold, or by who may not, none.
func TestGuardDecisions(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.Guarded(t)
	hold := p.Burst(p.User("a"), p.User("b"), p.User("c"))
	at := "/guard/holds/" + hold.ID
	b := w.As(t, admin.Admin)
	for _, way := range []string{"/approve", "/reject"} {
		w.As(t, admin.Viewer).Post(t, at+way, nil).Is(t, http.StatusForbidden)
		w.Stranger(t).Post(t, at+way, nil).Is(t, http.StatusUnauthorized)
		b.Send(t, http.MethodPost, at+way, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden).Has(t, "another site")
		w.AsAt(t, w.Globex, admin.Owner).Post(t, at+way, nil).Is(t, http.StatusNotFound).Has(t, "There is no such hold")
		for _, id := range []string{"x", uuid.NewString(), strings.ToUpper(hold.ID), "%00"} {
			b.Post(t, "/guard/holds/"+id+way, nil).Is(t, http.StatusNotFound).Has(t, "There is no such hold")
		}
	}
	w.AsAt(t, w.Globex, admin.Owner).Get(t, at).Is(t, http.StatusNotFound)
	b.Get(t, "/guard/holds/x").Is(t, http.StatusNotFound)
	b.Get(t, at+"?after=x").Is(t, http.StatusBadRequest).Has(t, "This page of the hold cannot be shown")
	b.Get(t, "/guard?after=x").Is(t, http.StatusBadRequest).Has(t, "This page of the holds cannot be shown")
	if open, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.Acme.ID)); err != nil || open.ID != hold.ID {
		t.Fatalf("%+v %v", open, err)
	}
	var sent sync.WaitGroup
	for range 4 {
		sent.Go(func() {
			if got := b.Post(t, at+"/approve", nil); got.Status != http.StatusSeeOther {
				t.Errorf("%d %s", got.Status, got.Text())
			}
		})
	}
	sent.Wait()
	w.Clock.Pass(time.Minute)
	b.Post(t, at+"/approve", nil).Is(t, http.StatusSeeOther)
	decided, err := w.Guard.Get(t.Context(), tenantdb.SchemaFor(w.Acme.ID), hold.ID)
	if err != nil || decided.State != guard.Approved || w.Clock.Now().Sub(decided.Decided) < time.Minute {
		t.Errorf("the last one decided anew: %+v %v", decided, err)
	}
}

// The list of what is held has pages.
func TestGuardPages(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.Guarded(t)
	ids := make([]string, deletionguard.HeldShown+5)
	for i := range ids {
		ids[i] = p.User(fmt.Sprintf("user%d", i))
	}
	hold := p.Burst(ids...)
	b := w.As(t, admin.Viewer)
	first := b.Get(t, "/guard/holds/"+hold.ID).Is(t, http.StatusOK).Has(t, fmt.Sprintf("%d users", deletionguard.HeldShown+3))
	second := b.Get(t, first.Next()).Is(t, http.StatusOK)
	if a, c := strings.Count(first.Body, "<td>Delete</td>"), strings.Count(second.Body, "<td>Delete</td>"); a != deletionguard.HeldShown || c != 3 || second.Next() != "" {
		t.Errorf("%d and %d, then %q", a, c, second.Next())
	}
}

// The guard's settings are changed from what the form showed, or not.
func TestGuardSettings(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	form := func(version int64, minutes, count, share, minimum string) url.Values {
		return url.Values{"version": {strconv.FormatInt(version, 10)}, "minutes": {minutes}, "count": {count}, "share": {share}, "minimum": {minimum}}
	}
	was := w.Acme.Version
	b.Get(t, "/guard").Is(t, http.StatusOK).Has(t, "Change it")
	for range 2 { // the second one is done already
		b.Post(t, "/guard/settings", form(was, "90", "30", "100", "5")).Is(t, http.StatusSeeOther)
	}
	b.Get(t, "/guard").Is(t, http.StatusOK).Has(t, "Within 1 hour and 30 minutes, at most 30 users and groups", "A share of the directory holds nothing.")
	now, err := w.Tenants.ByID(t.Context(), w.Acme.ID)
	consoletest.Must(t, err)
	if diff := cmp.Diff(tenancy.Guard{Window: 90 * time.Minute, Count: 30, Minimum: 5, Percent: 100}, now.Settings.Guard); diff != "" {
		t.Error(diff)
	}
	b.Post(t, "/guard/settings", form(was, "60", "30", "100", "5")).Is(t, http.StatusConflict).Has(t, "Somebody else changed the settings meanwhile")
	for says, f := range map[string]url.Values{
		"Write how many minutes":               form(now.Version, "NaN", "1", "1", "1"),
		"Write how many minutes, from 1":       form(now.Version, "1e300", "1", "1", "1"),
		"Write a whole number.":                form(now.Version, "60", "many", "1", "1"),
		"its count and minimum must be from 1": form(now.Version, "60", "0", "1", "1"),
		"its percent must be from 1 to 100":    form(now.Version, "60", "1", "101", "1"),
		"its window must be whole seconds":     form(now.Version, "2000", "1", "1", "1"),
		"The form did not arrive whole":        {"minutes": {"60"}},
	} {
		b.Post(t, "/guard/settings", f).Is(t, http.StatusUnprocessableEntity).Has(t, says)
	}
	w.As(t, admin.Viewer).Post(t, "/guard/settings", form(now.Version, "60", "1", "1", "1")).Is(t, http.StatusForbidden)
	w.As(t, admin.Viewer).Get(t, "/guard").Is(t, http.StatusOK).Has(t, "An admin can change it").Lacks(t, "/guard/settings")
	b.Send(t, http.MethodPost, "/guard/settings", form(now.Version, "60", "1", "1", "1"), http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden)
	if again, err := w.Tenants.ByID(t.Context(), w.Acme.ID); err != nil || again.Version != now.Version {
		t.Errorf("%v %v", again, err)
	}
	if calls := w.Audit(t, "updateTenant"); len(calls) < 3 {
		t.Errorf("%+v", calls)
	}
}

// What was deleted is found and restored, one by one and all of it, and what cannot be is said.
func TestDeleted(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Get(t, "/guard/deleted").Is(t, http.StatusOK).Has(t, "Nothing was deleted")
	p := w.IDP(t, w.Acme)
	ann, bob, evil := p.User("ann@acme.com"), p.User("bob"), p.User(consoletest.Script)
	team := p.Group("Team", ann, bob)
	for _, path := range []string{"/Users/" + ann, "/Users/" + bob, "/Users/" + evil, "/Groups/" + team} {
		p.Does(http.MethodDelete, path, "")
	}
	p.User("BOB") // so that bob cannot come back
	page := b.Get(t, "/guard/deleted").Is(t, http.StatusOK).Has(t, "User ann@acme.com", "User "+consoletest.Script, "Group Team", "4 users and groups are made again", "If the identity provider still leaves them out", "Token “Entra").Lacks(t, consoletest.Script)
	if n := len(page.Entries()); n != 4 {
		t.Errorf("%d deletions", n)
	}
	for query, want := range map[string]int{
		"kind=Group": 1, "kind=User": 3, "name=ANN": 1, "name=%25": 0, "from=" + filter.Stamp(w.Clock.Now().Add(-time.Hour)): 4, "to=" + filter.Stamp(w.Clock.Now().Add(-time.Hour)): 0,
	} {
		got := b.Get(t, "/guard/deleted?"+query).Is(t, http.StatusOK)
		if n := len(got.Entries()); n != want || want == 0 && !strings.Contains(got.Text(), "Nothing matches") {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	for query, says := range map[string]string{
		"kind=Robot": "Choose users or groups.", "from=soon": "Write a time", "name=" + strings.Repeat("x", 10<<10): "This is too long", "name=%00": "characters that nothing",
	} {
		b.Get(t, "/guard/deleted?"+query).Is(t, http.StatusUnprocessableEntity).Has(t, says, "Nothing was looked for")
	}
	b.Get(t, "/guard/deleted?after=x").Is(t, http.StatusBadRequest).Has(t, "This page of what was deleted cannot be shown")

	entry := strings.TrimPrefix(p.EntryOf(journal.Query{ResourceID: ann, Actions: []journal.Action{journal.ActionDelete}}), "/log/")
	at := "/guard/deleted/" + entry + "/restore"
	w.As(t, admin.Viewer).Post(t, at, nil).Is(t, http.StatusForbidden)
	w.As(t, admin.Viewer).Get(t, "/guard/deleted").Is(t, http.StatusOK).Lacks(t, "/restore")
	w.AsAt(t, w.Globex, admin.Owner).Post(t, at, nil).Is(t, http.StatusNotFound).Has(t, "It was not restored")
	b.Send(t, http.MethodPost, at, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).Is(t, http.StatusForbidden)
	b.Post(t, at, nil).Is(t, http.StatusSeeOther)
	b.Get(t, "/guard/deleted").Is(t, http.StatusOK).Has(t, "The user is restored, with 0 memberships in groups")
	b.Post(t, at, nil).Is(t, http.StatusConflict).Has(t, "It is there: it was restored already.")

	w.As(t, admin.Viewer).Post(t, "/guard/deleted/restore", nil).Is(t, http.StatusForbidden)
	w.AsAt(t, w.Globex, admin.Owner).Post(t, "/guard/deleted/restore", nil).Is(t, http.StatusOK).Has(t, "0 users and groups are restored")
	all := b.Post(t, "/guard/deleted/restore", url.Values{"kind": {""}, "activate": {"yes"}}).Is(t, http.StatusOK).Has(t,
		"2 users and groups are restored", "One could not be: User bob: Another one has its userName now.").Lacks(t, consoletest.Script, "Go on")
	if n := len(all.Entries()); n != 1 {
		t.Errorf("%d deletions are left", n)
	}
	b.Post(t, "/guard/deleted/restore", url.Values{"from": {"x"}}).Is(t, http.StatusUnprocessableEntity)
	b.Get(t, "/log?resource="+evil).Is(t, http.StatusOK).Has(t, "Restored user "+consoletest.Script+" admin@acme.example")
}

// A burst is restored in parts, each by a request, from where the last one ended.
func TestRestoreBurst(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	p := w.IDP(t, w.Acme)
	for i := range deletionguard.RestoreAtOnce + 20 {
		p.Does(http.MethodDelete, "/Users/"+p.User(fmt.Sprintf("user%d", i)), "")
	}
	b := w.As(t, admin.Admin)
	b.Get(t, "/guard/deleted").Is(t, http.StatusOK).Has(t, "All users and groups of this list, those on its other pages too,", "Next page")
	first := b.Post(t, "/guard/deleted/restore", url.Values{"name": {"USER"}}).Is(t, http.StatusOK).Has(t, fmt.Sprintf("%d users and groups are restored", deletionguard.RestoreAtOnce), "There may be more", "Go on")
	form := url.Values{}
	for _, part := range strings.Split(first.Body, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		if name == "after" {
			form.Set(name, value)
		}
	}
	if form.Get("after") == "" {
		t.Fatal("it does not say where to go on")
	}
	b.Post(t, "/guard/deleted/restore", form).Is(t, http.StatusOK).Has(t, "20 users and groups are restored", "Nothing was deleted").Lacks(t, "Go on")
}
