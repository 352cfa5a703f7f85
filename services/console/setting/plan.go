package setting

import (
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

func (s *Pages) planRoutes() []web.Route {
	return []web.Route{web.Get("/settings/plan", web.Viewers, s.plan)}
}

// planPage is what the tenant has bought, and what it uses of it.
type planPage struct {
	Name          string // of the plan; "": none was chosen, or it is offered no more
	Missing       string // the id of the plan that is offered no more
	Offered       bool   // the installation has plans
	Base, PerSeat string
	Seats         int // billing.Unlimited: any number
	Used          int64
	Left, Over    int // seats that are left, and users beyond them
	Limited       bool
	Now           bool      // the directory was counted for this page
	CountedAt     time.Time // or then; zero: never
	Users, Groups int64
	Tokens, Live  int   // credentials that there may be, and that there are
	Requests      int64 // of the last 24 hours
	Limits        []limitLine
}

// limitLine is an entitlement in words.
type limitLine struct{ Label, Text string }

// plan is the page.
func (s *Pages) plan(x *web.Exchange) error {
	t, err := s.fresh(x)
	if err != nil {
		return err
	}
	id := billing.PlanID(t.Settings.Plan)
	granted := s.Plans.Entitlements(id)
	page := planPage{Offered: len(s.Plans) > 0, Seats: granted.Seats, Tokens: granted.Tokens, Limits: limitsInWords(granted)}
	if plan, ok := s.Plans[id]; ok {
		page.Name, page.Base, page.PerSeat = plan.Name, amount(plan.Base), amount(plan.PerSeat)
	} else {
		page.Missing = string(id)
	}
	record, err := s.Status.Get(x.Context(), t.ID)
	if err != nil {
		return err
	}
	size := directory.Size(record.Size)
	page.CountedAt = record.CountedAt
	switch counted, small, err := s.Directory.Store(tenantdb.SchemaFor(t.ID), false).SmallSize(x.Context(), size); {
	case err != nil:
		return err
	case small:
		size, page.Now = counted, true
	}
	page.Used, page.Users, page.Groups = size.ActiveUsers, size.Users, size.Groups
	if page.Left, page.Limited = granted.SeatsLeft(int(size.ActiveUsers)); page.Limited {
		page.Over = max(0, int(size.ActiveUsers)-granted.Seats)
	}
	standings, err := s.Tokens.Standings(x.Context(), []tenancy.ID{t.ID})
	if err != nil {
		return err
	}
	page.Live = standings[t.ID].Live
	counts, err := activity.Since(x.Context(), s.DB, tenantdb.SchemaFor(t.ID), x.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for _, c := range counts {
		page.Requests += c.Count
	}
	return x.Show("plan", page)
}

// limitsInWords says what is granted.
func limitsInWords(e billing.Entitlements) []limitLine {
	of := func(n int, none, format string) string {
		if n == billing.Unlimited {
			return none
		}
		return word.Format(format, n)
	}
	return []limitLine{
		{"Seats", of(e.Seats, "as many active users as you have", "up to %d active users; more are let in all the same, and nobody is removed")},
		{"Reads", of(e.ReadsPerSecond, "as fast as they come", "%d a second on average, more for a moment; faster ones are told when to come again")},
		{"Writes", of(e.WritesPerSecond, "as fast as they come", "%d a second on average, more for a moment; faster ones are told when to come again")},
		{"Bulk requests", of(e.BulksPerSecond, "as fast as they come", "%d a second; each operation in one counts as a write")},
		{"Credentials", of(e.Tokens, "as many as you need", "up to %d tokens and OAuth clients at a time; to rotate one without a pause takes two")},
		{"Provisioning log", of(e.JournalDays, "kept for ever", "kept for %d days; what was deleted can be restored for 30 days in any case")},
	}
}

// minorDigits are the digits behind the point of currencies that have not two (ISO 4217).
var minorDigits = map[billing.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// amount is money for people: 12.50 EUR. "": nothing.
func amount(m billing.Money) string {
	if m == (billing.Money{}) {
		return ""
	}
	digits, ok := minorDigits[m.Currency]
	if !ok {
		digits = 2
	}
	sign, text := "", strconv.FormatInt(m.Minor, 10)
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	if digits > 0 {
		if short := digits + 1 - len(text); short > 0 {
			text = strings.Repeat("0", short) + text
		}
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	return sign + text + " " + string(m.Currency)
}
