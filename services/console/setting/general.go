package setting

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func (s *Pages) generalRoutes() []web.Route {
	return []web.Route{
		web.Get(generalPath, web.Viewers, s.general),
		web.Post(generalPath, web.Editors, "updateTenant", s.changeGeneral),
	}
}

const generalPath = "/settings/general"

// generalPage is how the tenant's SCIM endpoint answers.
type generalPage struct {
	Profile string
	Unique  bool
	Version int64
	Shared  []string // names that groups share, so that they cannot be made unique
}

func generalOf(t tenancy.Tenant) generalPage {
	return generalPage{Profile: string(t.Settings.Profile), Unique: t.Settings.UniqueGroupNames, Version: t.Version}
}

// general is the page.
func (s *Pages) general(x *web.Exchange) error {
	t, err := s.fresh(x)
	if err != nil {
		return err
	}
	return x.Show("general", generalOf(t))
}

// changeGeneral changes the settings, from the version that their form was made of.
func (s *Pages) changeGeneral(x *web.Exchange) error {
	version, err := strconv.ParseInt(x.PostForm("version"), 10, 64)
	profile, unique := tenancy.Profile(x.PostForm("profile")), x.PostForm("unique")
	if err != nil || version < 1 || !profile.Valid() || unique != "yes" && unique != "no" {
		return web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was changed. Open the page anew and choose again.").At(generalPath, "Back to the settings")
	}
	wanted := unique == "yes"
	before, err := s.fresh(x)
	if err != nil {
		return err
	}
	if before.Settings.Profile == profile && before.Settings.UniqueGroupNames == wanted { // the form was sent twice, or nothing chosen
		return x.SeeOther(generalPath, web.Done("The settings are as you chose."))
	}
	t, err := s.Tenants.Update(x.Context(), x.Tenant.ID, version, lifecycle.Change{Profile: &profile, UniqueGroupNames: &wanted})
	var shared *directory.SharedNamesError
	switch {
	case errors.As(err, &shared):
		if t, err = s.fresh(x); err != nil {
			return err
		}
		page := generalOf(t)
		page.Profile, page.Shared = string(profile), shared.Names
		return x.ShowAgain("general", page)
	case errors.Is(err, tenancy.ErrVersion):
		return web.Refuse(http.StatusConflict, "The settings were changed meanwhile", "Somebody else changed settings of %s since you opened the page. Nothing of yours was saved. Look at them as they are now, and choose again.", x.Tenant.Name).
			Because(err).At(generalPath, "See the settings")
	case err != nil:
		return unsettled(err)
	}
	return x.SeeOther(generalPath, web.Done("Saved: %s. Requests follow within a second.", strings.Join(generalWords(t), ", ")))
}

// generalWords says what is set.
func generalWords(t tenancy.Tenant) []string {
	words := []string{"tolerant of what providers deviate in", "names of groups may repeat"}
	if t.Settings.Profile == tenancy.ProfileStrict {
		words[0] = "strict"
	}
	if t.Settings.UniqueGroupNames {
		words[1] = "names of groups are unique"
	}
	return words
}
