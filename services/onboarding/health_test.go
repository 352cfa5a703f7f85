package onboarding_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/services/onboarding/client"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// evaluated saves verdicts as the worker does.
func (w *world) evaluated(t *testing.T, now time.Time, facts health.Facts, verdicts map[string]health.Verdict) {
	t.Helper()
	s := status.New(status.Config{DB: w.db})
	if err := s.Ensure(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	claim, err := s.Claim(t.Context(), now, 100)
	if err != nil {
		t.Fatal(err)
	}
	var list []status.Evaluated
	for _, c := range claim.Tenants {
		if v, ok := verdicts[string(c.Slug)]; ok {
			c.Verdict, c.Facts = v, facts
			list = append(list, status.Evaluated{Claimed: c, DueAt: now.Add(time.Hour)})
		}
	}
	if len(list) != len(verdicts) {
		t.Fatalf("%d of %d claimed", len(list), len(verdicts))
	}
	if err := s.Save(t.Context(), claim.ID, list, now); err != nil {
		t.Fatal(err)
	}
}

// How a tenant does, before anybody has looked and after; and of all, the worst first.
func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.create(t, "acme")
	c := w.as(t, operator.Read)
	r, err := c.GetHealthWithResponse(t.Context(), "acme")
	if err != nil || r.JSON200 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	want := client.Health{
		TenantID: acme.ID, Slug: "acme", State: client.HealthAwaiting, Severity: client.SeverityOK, Since: acme.CreatedAt, Reasons: []client.HealthReason{},
	}
	if diff := cmp.Diff(want, *r.JSON200); diff != "" {
		t.Error(diff)
	}
	w.create(t, "beta")
	w.create(t, "gamma")
	if all, err := c.ListHealthWithResponse(t.Context(), nil); err != nil || all.JSON200 == nil || len(all.JSON200.Items) != 0 {
		t.Fatalf("%v, %s", err, all.Body)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	begun := now.Add(-2 * time.Minute).Truncate(time.Minute)
	facts := health.Facts{Version: 1, LastRequest: now, LastSuccess: begun, Open: &health.Cycle{
		Kind: health.Incremental, Started: begun, Ended: now.Add(-time.Minute),
		Counts: []health.Tally{{Resource: "User", Action: health.Create, Outcome: health.Accepted, Count: 59}, {Resource: "User", Action: health.Create, Outcome: health.Refused, Count: 41}},
	}}
	eta := now.Add(time.Hour)
	w.evaluated(t, now, facts, map[string]health.Verdict{
		"acme": {
			State: health.AtRisk, Severity: health.Warning, Reasons: []health.Reason{{Code: health.CodeChanges, State: health.AtRisk, Severity: health.Warning, Text: "41 of 100 failed."}},
			Forecast: "Soon.", Progress: &health.Progress{Ratio: 0.5, ETA: eta, Basis: health.LastCycle, Done: 100, Of: 200}, Cadence: 40 * time.Minute, Changes: 100, Failed: 41, NextAt: eta,
		},
		"beta":  {State: health.QuarantineSuspected, Severity: health.Critical},
		"gamma": {State: health.Healthy},
	})
	if err := status.New(status.Config{DB: w.db}).SaveSize(t.Context(), tenancy.ID(acme.ID), status.Size{Users: 3, ActiveUsers: 2, Groups: 1}, now); err != nil {
		t.Fatal(err)
	}
	r, err = c.GetHealthWithResponse(t.Context(), acme.ID)
	if err != nil || r.JSON200 == nil {
		t.Fatalf("%v, %s", err, r.Body)
	}
	got := *r.JSON200
	if got.Cycle == nil || got.Cycle.EndedAt != nil || got.Cycle.Requests != 100 || !got.Cycle.StartedAt.Equal(begun) || len(got.Cycle.Counts) != 2 {
		t.Errorf("%+v", got.Cycle)
	}
	got.Cycle = nil
	want.State, want.Severity, want.Since, want.Forecast = client.HealthAtRisk, client.SeverityWarning, now, pointer("Soon.")
	want.Reasons = []client.HealthReason{{Code: "changes_failing", State: client.HealthAtRisk, Severity: client.SeverityWarning, Text: "41 of 100 failed."}}
	want.LastRequestAt, want.LastSuccessAt, want.CycleIntervalSeconds, want.FailureRatio = &now, &begun, pointer(int64(2400)), pointer(0.41)
	want.Progress = &client.CycleProgress{Ratio: 0.5, Eta: &eta, Basis: client.BasisLastCycle, Done: pointer(int64(100)), Of: pointer(int64(200))}
	want.Users, want.ActiveUsers, want.Groups, want.CountedAt = pointer(int64(3)), pointer(int64(2)), pointer(int64(1)), &now
	want.NextExpectedAt, want.EvaluatedAt = &eta, &now
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	var order []string
	p := client.ListHealthParams{Limit: pointer(1)}
	for {
		page, err := c.ListHealthWithResponse(t.Context(), &p)
		if err != nil || page.JSON200 == nil {
			t.Fatalf("%v, %s", err, page.Body)
		}
		order = append(order, page.JSON200.Items[0].Slug)
		if p.Cursor = page.JSON200.NextCursor; p.Cursor == nil {
			break
		}
		if link := page.HTTPResponse.Header.Get("Link"); link != `</v1/health?cursor=`+*p.Cursor+`&limit=1>; rel="next"` {
			t.Error(link)
		}
	}
	if diff := cmp.Diff([]string{"beta", "acme", "gamma"}, order); diff != "" {
		t.Error(diff)
	}
	for _, state := range health.States() {
		n := map[health.State]int{health.AtRisk: 1, health.QuarantineSuspected: 1, health.Healthy: 1}[state]
		if got := w.send(t, "GET /v1/health?state="+string(state), ""); got.status != 200 || len(got.json["items"].([]any)) != n {
			t.Errorf("%s: %d %s", state, got.status, got.body)
		}
	}
	for line, status := range map[string]int{
		"/v1/health?state=ill": 400, "/v1/health?cursor=x": 400, "/v1/tenants/nobody/health": 404, "/v1/tenants/nobody/cycles": 404,
		"/v1/health?cursor=" + cursorOf(`{"l":"health","e":"1.urn:uuid:`+acme.ID+`.-infinity"}`):        400,
		"/v1/health?cursor=" + cursorOf(`{"l":"health","e":"1.`+acme.ID+`.0000-01-01T00:00:00Z"}`):      400,
		"/v1/health?cursor=" + cursorOf(`{"l":"health","e":"1.`+acme.ID+`.2026-01-01T00:00:00+23:00"}`): 200,
	} {
		if got := w.send(t, "GET "+line, ""); got.status != status {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
}

// Cycles are listed in pages, the newest first.
func TestCycles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, beta := w.create(t, "acme"), w.create(t, "beta")
	var cycles []health.Cycle
	start := time.Now().UTC().Truncate(time.Hour).Add(-10 * time.Hour)
	for i := range 5 {
		at := start.Add(time.Duration(i) * time.Hour)
		cycles = append(cycles, health.Cycle{Kind: health.Incremental, Started: at, Ended: at.Add(50 * time.Second), Counts: []health.Tally{
			{Resource: "User", Action: health.Read, Outcome: health.Accepted, Count: 90}, {Action: "other", Outcome: health.Accepted, Count: 10},
		}})
	}
	for _, tenant := range []client.Tenant{acme, beta} {
		if err := activity.WriteCycles(t.Context(), w.db, tenantdb.SchemaFor(tenancy.ID(tenant.ID)), cycles); err != nil {
			t.Fatal(err)
		}
	}
	var got []client.Cycle
	p := client.ListCyclesParams{Limit: pointer(2)}
	for pages := 1; ; pages++ {
		r, err := w.as(t, operator.Read).ListCyclesWithResponse(t.Context(), "acme", &p)
		if err != nil || r.JSON200 == nil {
			t.Fatalf("%v, %s", err, r.Body)
		}
		got = append(got, r.JSON200.Items...)
		link := r.HTTPResponse.Header.Get("Link")
		if p.Cursor = r.JSON200.NextCursor; p.Cursor == nil {
			if pages != 3 || link != "" {
				t.Errorf("%d pages, %q", pages, link)
			}
			break
		}
		if !strings.HasPrefix(link, "</v1/tenants/acme/cycles?cursor="+*p.Cursor) {
			t.Error(link)
		}
		if other := w.send(t, "GET /v1/tenants/beta/cycles?cursor="+*p.Cursor, ""); other.status != 400 {
			t.Errorf("a cursor of another tenant: %d", other.status)
		}
	}
	if len(got) != 5 {
		t.Fatalf("%d", len(got))
	}
	last := cycles[4]
	want := client.Cycle{
		Kind: client.CycleIncremental, StartedAt: last.Started, EndedAt: &last.Ended, Requests: 100, RequestsPerSecond: 2,
		Counts: []client.ActivityCount{
			{ResourceType: pointer(client.ResourceUser), Action: "read", Outcome: "accepted", Count: 90}, {Action: "other", Outcome: "accepted", Count: 10},
		},
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if !got[4].StartedAt.Equal(start) {
		t.Error(fmt.Sprint(got[4]))
	}
}
