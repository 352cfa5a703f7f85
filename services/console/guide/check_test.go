package guide_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/tenancy"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// requests are some of a kind between two minutes after noon.
func requests(resource string, action health.Action, outcome health.Outcome, n int64, first, last int) guide.Requests {
	return guide.Requests{Resource: resource, Action: action, Outcome: outcome, Count: n, FirstAt: minute(first), LastAt: minute(last)}
}

// fresh is a tenant that has just made a token.
func fresh() guide.Facts {
	return guide.Facts{
		Now: minute(60), State: tenancy.StateActive,
		Credential: guide.Credential{Name: "Entra", Scopes: tenancy.AllScopes, MadeAt: noon},
	}
}

func checks(t *testing.T, slug string, f guide.Facts) map[guide.CheckKind]guide.Check {
	t.Helper()
	g, _ := guide.Get(slug)
	m := make(map[guide.CheckKind]guide.Check)
	for _, c := range guide.Checks(g, f) {
		m[c.Kind] = c
	}
	return m
}

// Nothing has come: every check of every provider waits, and says what to do.
func TestNothingCame(t *testing.T) {
	t.Parallel()
	for _, g := range guide.List() {
		list := guide.Checks(g, fresh())
		for _, c := range list {
			if c.State != guide.Waiting || c.Do == "" || c.Detail != "" || !c.At.IsZero() {
				t.Errorf("%s: %+v", g.Slug, c)
			}
		}
		if guide.Done(list) {
			t.Errorf("%s is done", g.Slug)
		}
	}
}

// A set-up from beginning to end lights up check by check, and no check by what is another's.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	f := fresh()
	g, _ := guide.Get("entra")
	found := requests("User", health.Read, health.Accepted, 3, 2, 20)
	found.FoundAt = minute(5)
	for i, step := range []func(){
		func() { f.Credential.UsedAt, f.Credential.UsedFrom = minute(1), netip.MustParseAddr("192.0.2.7") },
		func() { f.Requests = append(f.Requests, requests("User", health.Read, health.Accepted, 1, 2, 2)) },
		func() { f.Requests = append(f.Requests, requests("User", health.Create, health.Accepted, 2, 3, 4)) },
		func() { f.Requests[0] = found },
		func() { f.Requests = append(f.Requests, requests("Group", health.Create, health.Accepted, 1, 6, 6)) },
		func() { f.Requests = append(f.Requests, requests("Group", health.MemberAdd, health.Accepted, 1, 7, 7)) },
		func() { f.Requests = append(f.Requests, requests("User", health.Update, health.Unchanged, 1, 8, 8)) },
		func() { f.Requests = append(f.Requests, requests("User", health.Disable, health.Accepted, 1, 9, 9)) },
	} {
		step()
		list := guide.Checks(g, f)
		for j, c := range list {
			want := guide.Waiting
			if j <= i {
				want = guide.Passed
			}
			if c.State != want || want == guide.Passed && (c.At.IsZero() || c.Do != "" || c.Detail == "") {
				t.Errorf("after step %d: %+v", i, c)
			}
		}
		if guide.Done(list) != (i == len(list)-1) {
			t.Errorf("after step %d: done is %v", i, guide.Done(list))
		}
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	wrong := []guide.Requests{requests("", health.Authenticate, health.Unauthorized, 3, 10, 12)}
	for name, test := range map[string]struct {
		change func(*guide.Facts)
		want   guide.State
		detail string
	}{
		"never used":         {func(*guide.Facts) {}, guide.Waiting, ""},
		"wrong token":        {func(f *guide.Facts) { f.Requests = wrong }, guide.Failed, "3 requests have come with credentials that are not valid here."},
		"used":               {func(f *guide.Facts) { f.Credential.UsedAt = minute(20); f.Requests = wrong }, guide.Passed, "It was used."},
		"wrong one since":    {func(f *guide.Facts) { f.Credential.UsedAt = minute(11); f.Requests = wrong }, guide.Passed, "Since then, 3 requests have"},
		"revoked after use":  {func(f *guide.Facts) { f.Credential.UsedAt, f.Credential.RevokedAt = minute(1), minute(2) }, guide.Failed, "revoked"},
		"expired":            {func(f *guide.Facts) { f.Credential.UsedAt, f.Credential.ExpiresAt = minute(1), minute(60) }, guide.Failed, "expired"},
		"expires in an hour": {func(f *guide.Facts) { f.Credential.ExpiresAt = minute(120) }, guide.Waiting, ""},
		"suspended":          {func(f *guide.Facts) { f.Credential.UsedAt, f.State = minute(1), tenancy.StateSuspended }, guide.Failed, "suspended"},
		"paused":             {func(f *guide.Facts) { f.State = tenancy.StatePaused }, guide.Failed, "paused"},
		"being deleted":      {func(f *guide.Facts) { f.State = tenancy.StateDeleting }, guide.Failed, "not served"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fresh()
			test.change(&f)
			c := checks(t, "entra", f)[guide.CheckCredential]
			if c.State != test.want || !strings.Contains(c.Detail, test.detail) || test.detail == "" && c.Detail != "" {
				t.Errorf("%+v", c)
			}
			if c.State == guide.Failed && c.Do == "" {
				t.Error("it does not say what to do")
			}
		})
	}
}

// What is refused says why and what to do, and passes by the first request that is accepted.
func TestRefused(t *testing.T) {
	t.Parallel()
	f := fresh()
	f.Requests = []guide.Requests{requests("User", health.Create, health.Refused, 2, 3, 4), requests("User", health.Create, health.Failed, 1, 5, 5)}
	f.Refusals = []guide.Refusal{
		{ID: "g", At: minute(5), Resource: "Group", Action: "create", Detail: "another"},
		{ID: "u", At: minute(4), Resource: "User", Action: "create", Detail: "userName is missing", Hint: "map userName"},
		{ID: "v", At: minute(3), Resource: "User", Action: "create", Detail: "older"},
	}
	got := checks(t, "entra", f)[guide.CheckUser]
	want := guide.Check{
		Kind: guide.CheckUser, Title: "The first user is created", State: guide.Failed, Detail: "userName is missing", Do: "map userName", At: minute(5), Entry: "u",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.Refusals = nil
	if c := checks(t, "entra", f)[guide.CheckUser]; c.State != guide.Failed || c.Detail != "3 requests were refused." || c.Do == "" || c.Entry != "" {
		t.Errorf("without the journal: %+v", c)
	}
	f.Requests = append(f.Requests, requests("User", health.Create, health.Accepted, 1, 6, 6))
	if c := checks(t, "entra", f)[guide.CheckUser]; c.State != guide.Passed || c.Detail != "1 user was created. 3 others were refused." || !c.At.Equal(minute(6)) {
		t.Errorf("after one was accepted: %+v", c)
	}
}

func TestMember(t *testing.T) {
	t.Parallel()
	f := fresh()
	f.Requests = []guide.Requests{requests("Group", health.Reference, health.Refused, 1, 4, 4)}
	f.Refusals = []guide.Refusal{
		{ID: "n", Resource: "Group", Action: "update", Rule: "attribute.unique", Attribute: "displayName", Detail: "the name"},
		{ID: "m", Resource: "Group", Action: "update", Rule: "members.unknown", Attribute: "members.value", Detail: "nobody has this id"},
	}
	if c := checks(t, "okta", f)[guide.CheckMember]; c.State != guide.Failed || c.Entry != "m" {
		t.Errorf("%+v", c)
	}
	f.Linked = true // a group was created with its members
	if c := checks(t, "okta", f)[guide.CheckMember]; c.State != guide.Passed {
		t.Errorf("%+v", c)
	}
	if c, ok := checks(t, "google", f)[guide.CheckMember]; ok {
		t.Errorf("Google has no groups: %+v", c)
	}
}

// A leaver whom the deletion guard holds is no failure: somebody has to decide.
func TestHeld(t *testing.T) {
	t.Parallel()
	f := fresh()
	f.Requests = []guide.Requests{requests("User", health.Disable, health.Held, 2, 4, 5)}
	if c := checks(t, "entra", f)[guide.CheckLeave]; c.State != guide.Waiting || c.Detail != "2 removals wait in the deletion guard." {
		t.Errorf("%+v", c)
	}
}

// A token that may not do what a check waits for will never pass it.
func TestScopes(t *testing.T) {
	t.Parallel()
	f := fresh()
	f.Credential.Scopes = tenancy.ReadUsers | tenancy.WriteUsers
	m := checks(t, "entra", f)
	for kind, want := range map[guide.CheckKind]guide.State{
		guide.CheckUser: guide.Waiting, guide.CheckGroup: guide.Failed, guide.CheckMember: guide.Failed, guide.CheckCredential: guide.Waiting,
	} {
		if c := m[kind]; c.State != want {
			t.Errorf("%+v, want %s", c, want)
		}
	}
}
