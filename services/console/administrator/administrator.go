package administrator

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

func (s *Pages) routes() []web.Route {
	return []web.Route{
		web.Get(place.Administrators, web.Viewers, s.administratorsPage),
		web.Post(place.Administrators, web.Owners, "inviteAdministrator", s.invite),
		web.Get(place.Administrators+"/:id", web.Viewers, s.administratorPage),
		web.Post(place.Administrators+"/:id/invite", web.Owners, "inviteAdministrator", s.inviteAgain),
		web.Post(place.Administrators+"/:id/role", web.Owners, "setAdministratorRole", s.setRole),
		web.Post(place.Administrators+"/:id/remove", web.Owners, "removeAdministrator", s.removeAdministrator),
		web.Post(place.Administrators+"/:id/sign-out", web.Viewers, "signOutAdministrator", s.signOutEverywhere),
		web.Post("/settings/visits/:id/end", web.Owners, "endVisit", s.endVisit),
	}
}

// How many of the latest are shown.
const (
	latestVisits  = 10
	latestChanges = 20
)

// administratorsData is what the page of administrators shows.
type administratorsData struct {
	List    []admin.Administrator
	Last    admin.Administrator // who came last; zero: nobody has come
	Visits  []visitShown
	Changes []changeShown
	Form    inviteForm
	Mail    bool // invitations are mailed
	Most    int
}

// inviteForm is what somebody is invited with, and what is wrong with it.
type inviteForm struct{ Name, Email, Role, NameIs, EmailIs, RoleIs string }

// visitShown is an impersonation.
type visitShown struct {
	admin.Impersonation
	Going bool // it goes on just now
}

// changeShown is a call of the audit log.
type changeShown struct {
	operator.Call
	What  string // the operation in words
	Who   string // what kind of caller it was
	Going bool   // it has no answer, or had none when the process ended
	Done  bool
}

func (s *Pages) administratorsPage(x *web.Exchange) error {
	data, err := s.administratorsData(x, inviteForm{Role: string(admin.Viewer)})
	if err != nil {
		return err
	}
	return x.Show("administrators", data)
}

func (s *Pages) administratorsData(x *web.Exchange, form inviteForm) (administratorsData, error) {
	data := administratorsData{Form: form, Mail: s.Outbox != nil, Most: admin.MaxAdministrators}
	var err error
	if data.List, err = s.Admins.List(x.Context(), x.Tenant.ID); err != nil {
		return data, err
	}
	for _, a := range data.List {
		if a.SignedInAt.After(data.Last.SignedInAt) {
			data.Last = a
		}
	}
	visits, err := s.Admins.Impersonations(x.Context(), x.Tenant.ID, latestVisits)
	if err != nil {
		return data, err
	}
	for _, v := range visits {
		data.Visits = append(data.Visits, visitShown{v, !v.OpenedAt.IsZero() && !v.Over(x.Now())})
	}
	calls, _, err := s.Operators.Calls(x.Context(), operator.CallFilter{Tenant: x.Tenant.ID, Changes: true}, operator.Page{Limit: latestChanges})
	if err != nil {
		return data, err
	}
	for _, c := range calls {
		data.Changes = append(data.Changes, changeShown{c, operationText(c.Operation), callerKind(c.Actor), c.Status == 0, c.Status < 400})
	}
	return data, nil
}

// namePart is one of an operation's name.
var namePart = regexp.MustCompile(`OAuth|API|[A-Z]?[a-z]+`)

// operationText makes words of an operation's name: "Create OAuth client" of createOAuthClient.
func operationText(operation string) string {
	words := namePart.FindAllString(operation, -1)
	for i, w := range words {
		switch {
		case i == 0:
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		case w != "OAuth" && w != "API":
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}

// callerKind says what kind of caller an actor is.
func callerKind(actor string) string {
	kind, _, _ := strings.Cut(actor, ":")
	switch kind {
	case "admin":
		return "administrator"
	case "link":
		return "set-up link"
	}
	return "operator of Spoke"
}

// administratorData is what the page of one administrator shows.
type administratorData struct {
	admin.Administrator
	Self, Mail bool
	Roles      []roleChoice // the others
}

// roleChoice is a role that an administrator could have, and what that would mean.
type roleChoice struct {
	Role admin.Role
	Text string
}

var roleTexts = []roleChoice{
	{admin.Owner, "decides who are the administrators, what they may and how they sign in, besides what an admin does"},
	{admin.Admin, "changes how users are provisioned: connections, tokens, hosts, the deletion guard, notifications"},
	{admin.Viewer, "sees users, groups and the provisioning log, and changes nothing"},
}

func (s *Pages) administratorPage(x *web.Exchange) error {
	a, err := s.Admins.Get(x.Context(), x.Tenant.ID, x.Param("id"))
	if err != nil {
		return err
	}
	data := administratorData{Administrator: a, Self: x.Viewer.Admin.ID == a.ID, Mail: s.Outbox != nil}
	for _, r := range roleTexts {
		if r.Role != a.Role {
			data.Roles = append(data.Roles, r)
		}
	}
	return x.Show("administrator", data)
}

// adminRefusal says in words why a change of an administrator is refused.
func adminRefusal(x *web.Exchange, err error) error {
	switch {
	case errors.Is(err, admin.ErrLastOwner):
		return web.Refuse(http.StatusConflict, "There must be an owner", "This is the only owner of %s, without whom nobody could invite administrators. Make another one an owner first.",
			x.TenantName()).At(place.Administrators, "To the administrators").Because(err)
	case errors.Is(err, admin.ErrNotFound):
		return web.Refuse(http.StatusNotFound, "There is no such administrator", "Perhaps somebody has removed this one just now.").At(place.Administrators, "To the administrators").Because(err)
	case errors.Is(err, admin.ErrRole):
		return web.Refuse(http.StatusBadRequest, "There is no such role", "The roles are owner, admin and viewer. Nothing was changed.").At(place.Administrators, "To the administrators").Because(err)
	}
	return err
}
