package tenancy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy"
)

func TestNormalizeSettings(t *testing.T) {
	t.Parallel()
	filled := tenancy.Settings{Profile: tenancy.ProfileAuto, Guard: tenancy.DefaultGuard()}
	with := func(change func(*tenancy.Settings)) tenancy.Settings {
		s := filled
		change(&s)
		return s
	}
	guard := func(change func(*tenancy.Guard)) tenancy.Settings {
		return with(func(s *tenancy.Settings) { change(&s.Guard) })
	}
	notify := func(list ...string) tenancy.Settings { return with(func(s *tenancy.Settings) { s.Notify = list }) }
	var many []string
	for i := range tenancy.MaxNotify + 1 {
		many = append(many, fmt.Sprintf("a%d@acme.com", i))
	}
	for name, tc := range map[string]struct {
		in, want tenancy.Settings
		refused  string // the setting
	}{
		"empty":              {in: tenancy.Settings{}, want: filled},
		"default":            {in: tenancy.DefaultSettings(), want: tenancy.DefaultSettings()},
		"unknown profile":    {in: with(func(s *tenancy.Settings) { s.Profile = "lax" }), refused: "profile"},
		"plan":               {in: with(func(s *tenancy.Settings) { s.Plan = "team_2-x" }), want: with(func(s *tenancy.Settings) { s.Plan = "team_2-x" })},
		"plan in capitals":   {in: with(func(s *tenancy.Settings) { s.Plan = "Team" }), refused: "plan"},
		"long plan":          {in: with(func(s *tenancy.Settings) { s.Plan = strings.Repeat("a", tenancy.MaxPlan+1) }), refused: "plan"},
		"short window":       {in: guard(func(g *tenancy.Guard) { g.Window = time.Minute - time.Second }), refused: "guard"},
		"long window":        {in: guard(func(g *tenancy.Guard) { g.Window = 24*time.Hour + time.Second }), refused: "guard"},
		"broken window":      {in: guard(func(g *tenancy.Guard) { g.Window += time.Millisecond }), refused: "guard"},
		"no count":           {in: guard(func(g *tenancy.Guard) { g.Count = 0 }), refused: "guard"},
		"negative minimum":   {in: guard(func(g *tenancy.Guard) { g.Minimum = -1 }), refused: "guard"},
		"no percent":         {in: guard(func(g *tenancy.Guard) { g.Percent = 0 }), refused: "guard"},
		"more than all":      {in: guard(func(g *tenancy.Guard) { g.Percent = 101 }), refused: "guard"},
		"all":                {in: guard(func(g *tenancy.Guard) { g.Percent = 100 }), want: guard(func(g *tenancy.Guard) { g.Percent = 100 })},
		"addresses":          {in: notify(" it@acme.com ", "IT@acme.com", "b@acme.com"), want: notify("it@acme.com", "b@acme.com")},
		"no addresses":       {in: notify(), want: filled},
		"most addresses":     {in: notify(many[1:]...), want: notify(many[1:]...)},
		"too many addresses": {in: notify(many...), refused: "notify"},
		"no address":         {in: notify("acme.com"), refused: "notify"},
		"empty address":      {in: notify(""), refused: "notify"},
		"address with name":  {in: notify("IT <it@acme.com>"), refused: "notify"},
		"address with line":  {in: notify("it@acme.com\nBcc: x@y.z"), refused: "notify"},
		"long address":       {in: notify(strings.Repeat("a", 250) + "@a.bc"), refused: "notify"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tc.in.Normalize()
			settingIs(t, err, tc.refused)
			if err != nil {
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again, err := got.Normalize(); err != nil || !cmp.Equal(got, again) {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
}

// settingIs fails the test unless the error is of that setting; "" is no error.
func settingIs(t *testing.T, err error, setting string) {
	t.Helper()
	var wrong *tenancy.SettingError
	got := ""
	if errors.As(err, &wrong) {
		got = wrong.Setting
	}
	if got != setting || (err != nil) != errors.Is(err, tenancy.ErrSettings) {
		t.Errorf("error %v, want one of %q", err, setting)
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", tenancy.MaxName)
	for in, want := range map[string]string{
		" Acme, Inc. ": "Acme, Inc.", long: long, long + "é": "", "": "", " \t": "", "a\x00b": "", "a\nb": "", "a\xffb": "",
	} {
		got, err := tenancy.ParseName(in)
		refused := ""
		if want == "" {
			refused = "name"
		}
		settingIs(t, err, refused)
		if got != want {
			t.Errorf("ParseName(%q) = %q", in, got)
		}
	}
}

func TestGuardJSON(t *testing.T) {
	t.Parallel()
	g := tenancy.Guard{Window: 90 * time.Minute, Count: 7, Minimum: 3, Percent: 42}
	text, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"window_seconds":5400,"count":7,"minimum":3,"percent":42}`, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got tenancy.Guard
	if err := json.Unmarshal(text, &got); err != nil || got != g {
		t.Errorf("read %+v, %v", got, err)
	}
	for _, bad := range []string{`{"window_seconds":-1}`, `{"window_seconds":9223372036854775807}`, `{"count":"many"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s is read as %+v", bad, got)
		}
	}
}
