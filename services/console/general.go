package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

func (s *Server) generalRoutes() []route {
	return []route{
		get(generalPath, viewer, s.general),
		post(generalPath, editor, "updateTenant", s.changeGeneral),
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
func (s *Server) general(x *exchange) error {
	t, err := x.fresh()
	if err != nil {
		return err
	}
	return x.show("general", generalOf(t))
}

// changeGeneral changes the settings, from the version that their form was made of.
func (s *Server) changeGeneral(x *exchange) error {
	version, err := strconv.ParseInt(x.PostForm("version"), 10, 64)
	profile, unique := tenancy.Profile(x.PostForm("profile")), x.PostForm("unique")
	if err != nil || version < 1 || !profile.Valid() || unique != "yes" && unique != "no" {
		return refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was changed. Open the page anew and choose again.").at(generalPath, "Back to the settings")
	}
	wanted := unique == "yes"
	before, err := x.fresh()
	if err != nil {
		return err
	}
	if before.Settings.Profile == profile && before.Settings.UniqueGroupNames == wanted { // the form was sent twice, or nothing chosen
		return x.seeOther(generalPath, done("The settings are as you chose."))
	}
	t, err := s.Tenants.Update(x.context(), x.tenant.ID, version, lifecycle.Change{Profile: &profile, UniqueGroupNames: &wanted})
	var shared *directory.SharedNamesError
	switch {
	case errors.As(err, &shared):
		if t, err = x.fresh(); err != nil {
			return err
		}
		page := generalOf(t)
		page.Profile, page.Shared = string(profile), shared.Names
		return x.showAgain("general", page)
	case errors.Is(err, tenancy.ErrVersion):
		return refuse(http.StatusConflict, "The settings were changed meanwhile", "Somebody else changed settings of %s since you opened the page. Nothing of yours was saved. Look at them as they are now, and choose again.", x.tenant.Name).
			because(err).at(generalPath, "See the settings")
	case err != nil:
		return unsettled(err)
	}
	return x.seeOther(generalPath, done("Saved: %s. Requests follow within a second.", strings.Join(generalWords(t), ", ")))
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
