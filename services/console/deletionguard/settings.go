package deletionguard

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func guardFormOf(t tenancy.Tenant) guardForm {
	g := t.Settings.Guard
	return guardForm{
		Version: strconv.FormatInt(t.Version, 10), Minutes: strconv.FormatFloat(g.Window.Minutes(), 'f', -1, 64), Count: strconv.Itoa(g.Count),
		Minimum: strconv.Itoa(g.Minimum), Share: strconv.Itoa(g.Percent),
	}
}

// changeGuard changes when the guard holds. It is made from the settings that the form showed, or not at all.
func (s *Pages) changeGuard(x *web.Exchange) error {
	f := guardForm{
		Version: x.PostForm("version"), Minutes: strings.TrimSpace(x.PostForm("minutes")), Count: strings.TrimSpace(x.PostForm("count")),
		Minimum: strings.TrimSpace(x.PostForm("minimum")), Share: strings.TrimSpace(x.PostForm("share")), Problems: map[string]string{},
	}
	g := f.guard()
	version, err := strconv.ParseInt(f.Version, 10, 64)
	if err != nil || version < 1 {
		return web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was changed. Open the page anew.").At(guardPath, "To the deletion guard")
	}
	if len(f.Problems) > 0 {
		return s.guardAgain(x, f)
	}
	t, err := s.Tenants.Update(x.Context(), x.Tenant.ID, version, lifecycle.Change{Guard: &g})
	var setting *tenancy.SettingError
	switch {
	case errors.As(err, &setting):
		f.Problem = "The guard cannot be so: " + setting.Reason + "."
		return s.guardAgain(x, f)
	case errors.Is(err, tenancy.ErrVersion):
		return s.guardChanged(x, g)
	case errors.Is(err, tenancy.ErrStateInvalid):
		return web.Refuse(http.StatusConflict, "The settings cannot be changed now", "%s of this tenant. Nothing was changed.", stateWords(x.Tenant.State)).At(guardPath, "To the deletion guard").Because(err)
	case err != nil:
		return err
	}
	return x.SeeOther(guardPath, web.Done("The deletion guard is changed. %s", strings.Join(guardWords(t.Settings.Guard), " ")))
}

// guardChanged answers who changes what is not as the form showed it: that is done already where the form was sent twice.
func (s *Pages) guardChanged(x *web.Exchange, g tenancy.Guard) error {
	now, err := s.Tenants.ByID(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	if now.Settings.Guard == g {
		return x.SeeOther(guardPath, web.Done("The deletion guard is as you wanted it."))
	}
	return web.Refuse(http.StatusConflict, "Somebody else changed the settings meanwhile", "Nothing of yours was changed. Look at the settings as they are now, and change them from there.").At(guardPath, "To the deletion guard")
}

func (s *Pages) guardAgain(x *web.Exchange, f guardForm) error {
	page, err := s.guardOf(x)
	if err != nil {
		return err
	}
	page.Settings = f
	return x.ShowAgain("guard", page)
}

// guard reads the form. What is no number is a problem.
func (f *guardForm) guard() tenancy.Guard {
	number := func(name, text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			f.Problems[name] = "Write a whole number."
		}
		return n
	}
	g := tenancy.Guard{Count: number("count", f.Count), Minimum: number("minimum", f.Minimum), Percent: number("share", f.Share)}
	minutes, err := strconv.ParseFloat(f.Minutes, 64)
	seconds := minutes * 60
	if err != nil || !(seconds >= 1 && seconds <= 1e6) || seconds != float64(int64(seconds)) {
		f.Problems["minutes"] = "Write how many minutes, from 1 to 1440."
	} else {
		g.Window = time.Duration(seconds) * time.Second
	}
	return g
}

// stateWords say why a tenant's settings cannot be changed.
func stateWords(state tenancy.State) string { return "The state is “" + string(state) + "”" }
