package billing

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestMonthly(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) Money { return Money{Minor: minor, Currency: "EUR"} }
	for name, tc := range map[string]struct {
		plan  Plan
		seats int
		want  Money
		err   error
	}{
		"base and seats":   {Plan{Base: eur(4900), PerSeat: eur(150)}, 12, eur(6700), nil},
		"no seats":         {Plan{Base: eur(4900), PerSeat: eur(150)}, 0, eur(4900), nil},
		"seats alone":      {Plan{PerSeat: eur(150)}, 3, eur(450), nil},
		"free":             {Plan{}, 100, Money{}, nil},
		"mixed currencies": {Plan{Base: eur(4900), PerSeat: Money{150, "USD"}}, 1, Money{}, ErrCurrency},
		"product too big":  {Plan{PerSeat: eur(math.MaxInt64)}, 2, Money{}, ErrOverflow},
		"sum too big":      {Plan{Base: eur(math.MaxInt64), PerSeat: eur(1)}, 1, Money{}, ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.plan.Monthly(tc.seats)
			if got != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("got %v, %v; want %v, %v", got, err, tc.want, tc.err)
			}
		})
	}
}

func TestMoneyAtTheLimits(t *testing.T) {
	t.Parallel()
	least := Money{math.MinInt64, "EUR"}
	if _, err := least.Plus(Money{-1, "EUR"}); !errors.Is(err, ErrOverflow) {
		t.Errorf("below the least amount: %v", err)
	}
	if _, err := least.Times(-1); !errors.Is(err, ErrOverflow) {
		t.Errorf("the least amount negated: %v", err)
	}
	got, err := Money{math.MaxInt64, "EUR"}.Plus(Money{-1, "EUR"})
	if err != nil || got.Minor != math.MaxInt64-1 {
		t.Errorf("a credit: %v, %v", got, err)
	}
}

func TestSeatsLeft(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		seats, used, left int
		limited           bool
	}{
		{seats: 10, used: 4, left: 6, limited: true},
		{seats: 10, used: 10, left: 0, limited: true},
		{seats: 10, used: 12, left: 0, limited: true},
		{seats: Unlimited, used: 12},
	} {
		left, limited := Entitlements{Seats: tc.seats}.SeatsLeft(tc.used)
		if left != tc.left || limited != tc.limited {
			t.Errorf("%d of %d: got %d, %v; want %d, %v", tc.used, tc.seats, left, limited, tc.left, tc.limited)
		}
	}
}

func TestDefaultEntitlementsAllowARotation(t *testing.T) {
	t.Parallel()
	e := DefaultEntitlements()
	if e.Tokens < 2 {
		t.Errorf("%d tokens, but to rotate one takes two", e.Tokens)
	}
	if kept, limited := e.JournalRetention(); !limited || kept != 90*24*time.Hour {
		t.Errorf("the journal is kept for %v, limited %v", kept, limited)
	}
	if _, limited := (Entitlements{JournalDays: Unlimited}).JournalRetention(); limited {
		t.Error("an unlimited journal has a limit")
	}
}

func TestSubscriptionActive(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(1, 0, 0)
	for name, tc := range map[string]struct {
		s    Subscription
		at   time.Time
		want bool
	}{
		"before":     {Subscription{Start: start, End: end}, start.Add(-1), false},
		"at start":   {Subscription{Start: start, End: end}, start, true},
		"at the end": {Subscription{Start: start, End: end}, end, false},
		"open":       {Subscription{Start: start}, end.AddDate(10, 0, 0), true},
	} {
		if got := tc.s.Active(tc.at); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	team := Entitlements{ReadsPerSecond: 7}
	c := Catalogue{"team": {ID: "team", Entitlements: team}}
	if got := c.Entitlements("team"); got != team {
		t.Errorf("team grants %+v", got)
	}
	for _, id := range []PlanID{"", "gone"} {
		if got := c.Entitlements(id); got != DefaultEntitlements() {
			t.Errorf("%q grants %+v", id, got)
		}
	}
}
