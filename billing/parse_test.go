package billing

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const team = `{"id":"team","name":"Team","entitlements":{"seats":500,"reads_per_second":100,"writes_per_second":50,
	"bulks_per_second":2,"tokens":5,"journal_days":"unlimited"},"base":{"minor":4900,"currency":"EUR"},"per_seat":{"minor":150,"currency":"EUR"}}`

func TestParseCatalogue(t *testing.T) {
	t.Parallel()
	got, err := ParseCatalogue([]byte(`{"plans":[` + team + `]}`))
	want := Catalogue{"team": {
		ID: "team", Name: "Team", Base: Money{4900, "EUR"}, PerSeat: Money{150, "EUR"},
		Entitlements: Entitlements{Seats: 500, ReadsPerSecond: 100, WritesPerSecond: 50, BulksPerSecond: 2, Tokens: 5, JournalDays: Unlimited},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// The file that operators begin with is one that can be read.
func TestParseTheExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../infra/plans/plans.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseCatalogue(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]PlanID{"enterprise", "free", "team"}, got.IDs()); diff != "" {
		t.Error(diff)
	}
}

// What is wrong is named by the plan and the field, all of it at once.
func TestParseCatalogueRefuses(t *testing.T) {
	t.Parallel()
	file := func(old, with string) string { return `{"plans":[` + strings.Replace(team, old, with, 1) + `]}` }
	for name, tc := range map[string]struct {
		text string
		want []PlanError // without their reasons
	}{
		"nothing":          {``, []PlanError{{}}},
		"no JSON":          {`{"plans":[}`, []PlanError{{}}},
		"broken off":       {`{"plans":[` + team + `]`, []PlanError{{}}},
		"two files":        {`{"plans":[` + team + `]}{}`, []PlanError{{}}},
		"no list":          {`{}`, []PlanError{{Field: "plans"}}},
		"an empty list":    {`{"plans":[]}`, []PlanError{{Field: "plans"}}},
		"an unknown field": {`{"plan":[],"plans":[` + team + `]}`, []PlanError{{Field: "plan"}}},
		"no plan":          {`{"plans":[7]}`, []PlanError{{Plan: "plan 1"}}},
		"no id":            {file(`"id":"team",`, ``), []PlanError{{Plan: "plan 1", Field: "id"}}},
		"a long id":        {file(`"team"`, `"`+strings.Repeat("a", 41)+`"`), []PlanError{{Plan: "plan 1", Field: "id"}}},
		"a loud id":        {file(`"team"`, `"TEAM"`), []PlanError{{Plan: "plan 1", Field: "id"}}},
		"one id twice":     {`{"plans":[` + team + `,` + team + `]}`, []PlanError{{Plan: "plan team", Field: "id"}}},
		"no name":          {file(`"Team"`, `" "`), []PlanError{{Plan: "plan team", Field: "name"}}},
		"unknown":          {file(`"name"`, `"color":1,"name"`), []PlanError{{Plan: "plan team", Field: "color"}}},
		"unknown limit":    {file(`"seats"`, `"seat":1,"seats"`), []PlanError{{Plan: "plan team", Field: "entitlements.seat"}}},
		"in another case":  {file(`"seats"`, `"Seats"`), []PlanError{{Plan: "plan team", Field: "entitlements.Seats"}, {Plan: "plan team", Field: "entitlements.seats"}}},
		"limit twice":      {file(`"seats"`, `"seats":1,"seats"`), []PlanError{{Plan: "plan team", Field: "entitlements.seats"}}},
		"a fraction":       {file(`500`, `0.5`), []PlanError{{Plan: "plan team", Field: "entitlements.seats"}}},
		"null":             {file(`500`, `null`), []PlanError{{Plan: "plan team", Field: "entitlements.seats"}}},
		"negative":         {file(`500`, `-1`), []PlanError{{Plan: "plan team", Field: "entitlements.seats"}}},
		"another word":     {file(`500`, `"many"`), []PlanError{{Plan: "plan team", Field: "entitlements.seats"}}},
		"no reads":         {file(`:100,`, `:0,`), []PlanError{{Plan: "plan team", Field: "entitlements.reads_per_second"}}},
		"one token":        {file(`"tokens":5`, `"tokens":1`), []PlanError{{Plan: "plan team", Field: "entitlements.tokens"}}},
		"a longer journal": {file(`"unlimited"`, `99999999`), []PlanError{{Plan: "plan team", Field: "entitlements.journal_days"}}},
		"a price in words": {file(`4900`, `"49"`), []PlanError{{Plan: "plan team", Field: "base.minor"}}},
		"a currency":       {file(`"EUR"},"per`, `"eur"},"per`), []PlanError{{Plan: "plan team", Field: "base.currency"}, {Plan: "plan team", Field: "per_seat.currency"}}},
		"two currencies":   {file(`"EUR"},"per`, `"USD"},"per`), []PlanError{{Plan: "plan team", Field: "per_seat.currency"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCatalogue([]byte(tc.text))
			if got != nil || !errors.Is(err, ErrCatalogue) {
				t.Fatalf("%v, %v", got, err)
			}
			var found []PlanError
			for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
				var wrong *PlanError
				if !errors.As(one, &wrong) || wrong.Reason == "" {
					t.Fatalf("%v", one)
				}
				found = append(found, PlanError{Plan: wrong.Plan, Field: wrong.Field})
			}
			if diff := cmp.Diff(tc.want, found); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
