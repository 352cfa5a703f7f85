package console

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

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// A burst is looked at, rejected and approved after all; what the identity provider asks for again passes then.
func TestGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.get(t, "/guard").is(t, http.StatusOK).has(t, "Nothing is held", "Within 1 hour, at most 500 users and groups may be deleted or disabled", "No burst was held")
	p := w.guarded(t)
	ann, bob, evil, dan, eve := p.user("ann"), p.user("bob"), p.user(script), p.user("dan"), p.user("eve")
	hold := p.burst(ann, bob, evil, dan)
	p.asks(http.MethodDelete, "/Users/"+dan, "")
	at := "/guard/holds/" + hold.ID
	b.get(t, "/guard").is(t, http.StatusOK).has(t, "Deletions wait for you", "3 users and groups would have been deleted or disabled within 1 hour. At most 2 may be.", "Token “Entra "+script, "2 deletions and deactivations are kept back").lacks(t, script)
	page := b.get(t, at).is(t, http.StatusOK).has(t, "2 users, 0 groups", "User "+script+" Delete", "User dan Delete", "2 times", "2 users lose access when your identity provider asks again",
		"Whatever else it deletes or disables within 24 hours", "These 2 users keep their access", "refused for them for 7 days").lacks(t, script)
	if !strings.Contains(page.body, `href="/users/`+evil+`"`) {
		t.Error("no link to the user")
	}
	w.as(t, admin.Viewer).get(t, at).is(t, http.StatusOK).has(t, "An admin can approve or reject it").lacks(t, "/approve", "/reject")

	if got := b.post(t, at+"/reject", nil).is(t, http.StatusSeeOther).header.Get("Location"); got != at {
		t.Errorf("sent to %s", got)
	}
	b.get(t, at).is(t, http.StatusOK).has(t, "The deletions are rejected until", "Rejected", "by admin@acme.example").lacks(t, at+"/reject")
	if status, _ := p.asks(http.MethodDelete, "/Users/"+dan, ""); status != http.StatusForbidden {
		t.Errorf("after the rejection: %d", status)
	}
	b.post(t, at+"/approve", nil).is(t, http.StatusSeeOther)
	b.get(t, at).is(t, http.StatusOK).has(t, "The deletions are approved until", "Approved", "What was deleted since it was approved").lacks(t, at+"/approve")
	for _, id := range []string{evil, dan, eve} {
		p.does(http.MethodDelete, "/Users/"+id, "")
	}
	b.post(t, at+"/reject", nil).is(t, http.StatusConflict).has(t, "The hold was approved already")
	b.get(t, "/guard").is(t, http.StatusOK).has(t, "Nothing is held", "Past holds", "Approved by admin@acme.example")
	for operation, want := range map[string]int{"approveHold": 1, "rejectHold": 2} {
		if calls := w.audit(t, operation); len(calls) != want || calls[0].Resource != hold.ID {
			t.Errorf("%s: %+v", operation, calls)
		}
	}
	decided, err := w.Guard.Get(t.Context(), tenantdb.SchemaFor(w.acme.ID), hold.ID)
	must(t, err)
	if shown := w.hold(decided, actors{}, decided.Until); shown.Text != "Approved, over" || shown.Decider != "An administrator who was removed" {
		t.Errorf("a day later: %+v", shown)
	}
}

// A decision that is sent twice is made once, and of another tenant's hold, or by who may not, none.
func TestGuardDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.guarded(t)
	hold := p.burst(p.user("a"), p.user("b"), p.user("c"))
	at := "/guard/holds/" + hold.ID
	b := w.as(t, admin.Admin)
	for _, way := range []string{"/approve", "/reject"} {
		w.as(t, admin.Viewer).post(t, at+way, nil).is(t, http.StatusForbidden)
		w.stranger(t).post(t, at+way, nil).is(t, http.StatusUnauthorized)
		b.send(t, http.MethodPost, at+way, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden).has(t, "another site")
		w.asAt(t, w.globex, admin.Owner).post(t, at+way, nil).is(t, http.StatusNotFound).has(t, "There is no such hold")
		for _, id := range []string{"x", uuid.NewString(), strings.ToUpper(hold.ID), "%00"} {
			b.post(t, "/guard/holds/"+id+way, nil).is(t, http.StatusNotFound).has(t, "There is no such hold")
		}
	}
	w.asAt(t, w.globex, admin.Owner).get(t, at).is(t, http.StatusNotFound)
	b.get(t, "/guard/holds/x").is(t, http.StatusNotFound)
	b.get(t, at+"?after=x").is(t, http.StatusBadRequest).has(t, "This page of the hold cannot be shown")
	b.get(t, "/guard?after=x").is(t, http.StatusBadRequest).has(t, "This page of the holds cannot be shown")
	if open, err := w.Guard.Open(t.Context(), tenantdb.SchemaFor(w.acme.ID)); err != nil || open.ID != hold.ID {
		t.Fatalf("%+v %v", open, err)
	}
	var sent sync.WaitGroup
	for range 4 {
		sent.Go(func() {
			if got := b.post(t, at+"/approve", nil); got.status != http.StatusSeeOther {
				t.Errorf("%d %s", got.status, got.text())
			}
		})
	}
	sent.Wait()
	w.clock.pass(time.Minute)
	b.post(t, at+"/approve", nil).is(t, http.StatusSeeOther)
	decided, err := w.Guard.Get(t.Context(), tenantdb.SchemaFor(w.acme.ID), hold.ID)
	if err != nil || decided.State != guard.Approved || w.clock.now().Sub(decided.Decided) < time.Minute {
		t.Errorf("the last one decided anew: %+v %v", decided, err)
	}
}

// The list of what is held has pages.
func TestGuardPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.guarded(t)
	ids := make([]string, heldShown+5)
	for i := range ids {
		ids[i] = p.user(fmt.Sprintf("user%d", i))
	}
	hold := p.burst(ids...)
	b := w.as(t, admin.Viewer)
	first := b.get(t, "/guard/holds/"+hold.ID).is(t, http.StatusOK).has(t, fmt.Sprintf("%d users", heldShown+3))
	second := b.get(t, first.next()).is(t, http.StatusOK)
	if a, c := strings.Count(first.body, "<td>Delete</td>"), strings.Count(second.body, "<td>Delete</td>"); a != heldShown || c != 3 || second.next() != "" {
		t.Errorf("%d and %d, then %q", a, c, second.next())
	}
}

// The guard's settings are changed from what the form showed, or not.
func TestGuardSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	form := func(version int64, minutes, count, share, minimum string) url.Values {
		return url.Values{"version": {strconv.FormatInt(version, 10)}, "minutes": {minutes}, "count": {count}, "share": {share}, "minimum": {minimum}}
	}
	was := w.acme.Version
	b.get(t, "/guard").is(t, http.StatusOK).has(t, "Change it")
	for range 2 { // the second one is done already
		b.post(t, "/guard/settings", form(was, "90", "30", "100", "5")).is(t, http.StatusSeeOther)
	}
	b.get(t, "/guard").is(t, http.StatusOK).has(t, "Within 1 hour and 30 minutes, at most 30 users and groups", "A share of the directory holds nothing.")
	now, err := w.Tenants.ByID(t.Context(), w.acme.ID)
	must(t, err)
	if diff := cmp.Diff(tenancy.Guard{Window: 90 * time.Minute, Count: 30, Minimum: 5, Percent: 100}, now.Settings.Guard); diff != "" {
		t.Error(diff)
	}
	b.post(t, "/guard/settings", form(was, "60", "30", "100", "5")).is(t, http.StatusConflict).has(t, "Somebody else changed the settings meanwhile")
	for says, f := range map[string]url.Values{
		"Write how many minutes":               form(now.Version, "NaN", "1", "1", "1"),
		"Write how many minutes, from 1":       form(now.Version, "1e300", "1", "1", "1"),
		"Write a whole number.":                form(now.Version, "60", "many", "1", "1"),
		"its count and minimum must be from 1": form(now.Version, "60", "0", "1", "1"),
		"its percent must be from 1 to 100":    form(now.Version, "60", "1", "101", "1"),
		"its window must be whole seconds":     form(now.Version, "2000", "1", "1", "1"),
		"The form did not arrive whole":        {"minutes": {"60"}},
	} {
		b.post(t, "/guard/settings", f).is(t, http.StatusUnprocessableEntity).has(t, says)
	}
	w.as(t, admin.Viewer).post(t, "/guard/settings", form(now.Version, "60", "1", "1", "1")).is(t, http.StatusForbidden)
	w.as(t, admin.Viewer).get(t, "/guard").is(t, http.StatusOK).has(t, "An admin can change it").lacks(t, "/guard/settings")
	b.send(t, http.MethodPost, "/guard/settings", form(now.Version, "60", "1", "1", "1"), http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden)
	if again, err := w.Tenants.ByID(t.Context(), w.acme.ID); err != nil || again.Version != now.Version {
		t.Errorf("%v %v", again, err)
	}
	if calls := w.audit(t, "updateTenant"); len(calls) < 3 {
		t.Errorf("%+v", calls)
	}
}

// What was deleted is found and restored, one by one and all of it, and what cannot be is said.
func TestDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.get(t, "/guard/deleted").is(t, http.StatusOK).has(t, "Nothing was deleted")
	p := w.idp(t, w.acme)
	ann, bob, evil := p.user("ann@acme.com"), p.user("bob"), p.user(script)
	team := p.group("Team", ann, bob)
	for _, path := range []string{"/Users/" + ann, "/Users/" + bob, "/Users/" + evil, "/Groups/" + team} {
		p.does(http.MethodDelete, path, "")
	}
	p.user("BOB") // so that bob cannot come back
	page := b.get(t, "/guard/deleted").is(t, http.StatusOK).has(t, "User ann@acme.com", "User "+script, "Group Team", "4 users and groups are made again", "If the identity provider still leaves them out", "Token “Entra").lacks(t, script)
	if n := len(page.entries()); n != 4 {
		t.Errorf("%d deletions", n)
	}
	for query, want := range map[string]int{
		"kind=Group": 1, "kind=User": 3, "name=ANN": 1, "name=%25": 0, "from=" + stamp(w.clock.now().Add(-time.Hour)): 4, "to=" + stamp(w.clock.now().Add(-time.Hour)): 0,
	} {
		got := b.get(t, "/guard/deleted?"+query).is(t, http.StatusOK)
		if n := len(got.entries()); n != want || want == 0 && !strings.Contains(got.text(), "Nothing matches") {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	for query, says := range map[string]string{
		"kind=Robot": "Choose users or groups.", "from=soon": "Write a time", "name=" + strings.Repeat("x", 10<<10): "This is too long", "name=%00": "characters that nothing",
	} {
		b.get(t, "/guard/deleted?"+query).is(t, http.StatusUnprocessableEntity).has(t, says, "Nothing was looked for")
	}
	b.get(t, "/guard/deleted?after=x").is(t, http.StatusBadRequest).has(t, "This page of what was deleted cannot be shown")

	entry := strings.TrimPrefix(p.entryOf(journal.Query{ResourceID: ann, Actions: []journal.Action{journal.ActionDelete}}), "/log/")
	at := "/guard/deleted/" + entry + "/restore"
	w.as(t, admin.Viewer).post(t, at, nil).is(t, http.StatusForbidden)
	w.as(t, admin.Viewer).get(t, "/guard/deleted").is(t, http.StatusOK).lacks(t, "/restore")
	w.asAt(t, w.globex, admin.Owner).post(t, at, nil).is(t, http.StatusNotFound).has(t, "It was not restored")
	b.send(t, http.MethodPost, at, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(t, http.StatusForbidden)
	b.post(t, at, nil).is(t, http.StatusSeeOther)
	b.get(t, "/guard/deleted").is(t, http.StatusOK).has(t, "The user is restored, with 0 memberships in groups")
	b.post(t, at, nil).is(t, http.StatusConflict).has(t, "It is there: it was restored already.")

	w.as(t, admin.Viewer).post(t, "/guard/deleted/restore", nil).is(t, http.StatusForbidden)
	w.asAt(t, w.globex, admin.Owner).post(t, "/guard/deleted/restore", nil).is(t, http.StatusOK).has(t, "0 users and groups are restored")
	all := b.post(t, "/guard/deleted/restore", url.Values{"kind": {""}, "activate": {"yes"}}).is(t, http.StatusOK).has(t,
		"2 users and groups are restored", "One could not be: User bob: Another one has its userName now.").lacks(t, script, "Go on")
	if n := len(all.entries()); n != 1 {
		t.Errorf("%d deletions are left", n)
	}
	b.post(t, "/guard/deleted/restore", url.Values{"from": {"x"}}).is(t, http.StatusUnprocessableEntity)
	b.get(t, "/log?resource="+evil).is(t, http.StatusOK).has(t, "Restored user "+script+" admin@acme.example")
}

// A burst is restored in parts, each by a request, from where the last one ended.
func TestRestoreBurst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.idp(t, w.acme)
	for i := range restoreAtOnce + 20 {
		p.does(http.MethodDelete, "/Users/"+p.user(fmt.Sprintf("user%d", i)), "")
	}
	b := w.as(t, admin.Admin)
	b.get(t, "/guard/deleted").is(t, http.StatusOK).has(t, "All users and groups of this list, those on its other pages too,", "Next page")
	first := b.post(t, "/guard/deleted/restore", url.Values{"name": {"USER"}}).is(t, http.StatusOK).has(t, fmt.Sprintf("%d users and groups are restored", restoreAtOnce), "There may be more", "Go on")
	form := url.Values{}
	for _, part := range strings.Split(first.body, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		if name == "after" {
			form.Set(name, value)
		}
	}
	if form.Get("after") == "" {
		t.Fatal("it does not say where to go on")
	}
	b.post(t, "/guard/deleted/restore", form).is(t, http.StatusOK).has(t, "20 users and groups are restored", "Nothing was deleted").lacks(t, "Go on")
}
