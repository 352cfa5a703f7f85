package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/operator"
)

// firstLinkLife is how long the link of a tenant's first administrator opens: it goes by mail, to somebody who is busy.
const firstLinkLife = 24 * time.Hour

// onboarding is the form that a tenant is made with.
type onboardForm struct {
	Slug, Name, Plan, Problem, PlanProblem string
	Once                                   string // the form's number
	Plans                                  []choice
	Base                                   string // what comes after the slug in the host
}

func (s *Server) onboardForm(x *exchange) onboardForm {
	host := s.config.Host("a")
	f := onboardForm{
		Slug: strings.ToLower(strings.TrimSpace(x.PostForm("slug"))), Name: strings.TrimSpace(x.PostForm("name")), Plan: x.PostForm("plan"), Base: strings.TrimPrefix(host, "a"),
	}
	f.Once = newOnce(x)
	for id, plan := range s.Plans {
		f.Plans = append(f.Plans, choice{string(id), plan.Name})
	}
	sortChoices(f.Plans)
	return f
}

func (s *Server) onboardPage(x *exchange) error { return x.show("operator_onboard", s.onboardForm(x)) }

// onboard makes a tenant, and the link for its first administrator: once, however often the form is sent. One that was
// broken off before its link is completed when it is sent again.
func (s *Server) onboard(x *exchange) error {
	f := s.onboardForm(x)
	id, err := x.operatorFormID("tenant")
	if err != nil {
		return err
	}
	switch t, err := s.Tenants.ByID(x.context(), tenancy.ID(id)); {
	case errors.Is(err, tenancy.ErrNotFound):
	case err != nil:
		return err
	case string(t.Slug) != f.Slug:
		x.about = t.ID
		return errMadeAlready(t)
	}
	settings := tenancy.DefaultSettings()
	settings.Plan = f.Plan
	t, err := s.Tenants.Create(x.context(), lifecycle.NewTenant{ID: tenancy.ID(id), Slug: tenancy.Slug(f.Slug), Name: f.Name, Settings: settings})
	var (
		slug    *tenancy.SlugError
		setting *tenancy.SettingError
	)
	switch {
	case errors.As(err, &slug):
		f.Problem = "The slug " + slug.Reason + "."
	case errors.Is(err, tenancy.ErrSlugTaken):
		f.Problem = "There is a tenant with this slug already."
	case errors.As(err, &setting):
		f.PlanProblem = setting.Error()
	case err != nil:
		return err
	default:
		x.about = t.ID
		// The list of tenants has it at once, not when the worker comes by. The link must not be lost for that.
		if err := s.Status.Ensure(x.context(), x.now()); err != nil {
			s.Logger.Warn("a new tenant is not listed yet", "request_id", x.id, "tenant", t.Slug, "error", err)
		}
		return s.linked(x, t, operator.ForAdministrator, firstLinkLife, true)
	}
	return x.showAgain("operator_onboard", f)
}

// newOnce returns the number of a form: the one that it was sent with, where it is shown again.
func newOnce(x *exchange) string {
	if once, err := uuid.Parse(x.PostForm("once")); err == nil {
		return once.String()
	}
	return uuid.NewString()
}

// operatorFormID is formID for what operators make.
func (x *exchange) operatorFormID(kind string) (string, error) {
	once, err := uuid.Parse(x.PostForm("once"))
	if err != nil {
		return "", refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was made. Open the page anew and fill it in again.").because(err).at("/", "All tenants")
	}
	return uuid.NewSHA1(once, []byte(kind+" "+x.viewer.Actor)).String(), nil
}

// errMadeAlready answers a form of which another answer has shown the link.
func errMadeAlready(t tenancy.Tenant) *refusal {
	return refuse(http.StatusConflict, "This form has been sent already", "%s is there, and nothing was made a second time. Its set-up link was shown by the first answer, and by no other: "+
		"if nobody has it, revoke it on the tenant's page and make a new one there.", t.Name).at("/tenants/"+string(t.Slug), "To "+t.Name)
}

// operatorSetupLink makes a set-up link and shows it once.
func (s *Server) operatorSetupLink(x *exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	purpose, life := operator.Purpose(x.PostForm("purpose")), operator.DefaultLinkLife
	if purpose == operator.ForAdministrator {
		life = firstLinkLife
	}
	return s.linked(x, t, purpose, life, false)
}

// revokeSetupLink makes a set-up link open nothing any more, and ends what it has opened.
func (s *Server) revokeSetupLink(x *exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	err = s.Operators.RevokeLink(x.context(), t.ID, x.Param("id"))
	if errors.Is(err, operator.ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such set-up link", "It may be older than what is kept.").at(back, "Back").because(err)
	}
	if err != nil {
		return err
	}
	x.resource = x.Param("id")
	return x.seeOther(back, done("The set-up link opens nothing any more, and whoever came by it is out."))
}

// linked makes the link. One that makes an owner of a tenant which has one already is a way around who may do what there, and
// for operators who manage operators alone.
func (s *Server) linked(x *exchange, t tenancy.Tenant, purpose operator.Purpose, life time.Duration, welcome bool) error {
	back := "/tenants/" + string(t.Slug)
	if purpose == operator.ForAdministrator && !x.viewer.may(access{operator: operator.Admin}) {
		has, err := s.Admins.HasOwner(x.context(), t.ID)
		if err != nil {
			return err
		}
		if has {
			return refuse(http.StatusForbidden, "This tenant has an owner", "Its owners invite further administrators. A link that makes another owner, for a customer who has lost theirs, is made by an operator with the role admin. Yours is %s.",
				x.viewer.Operator.Role).at(back, "Back")
		}
	}
	id, err := x.operatorFormID("set-up link " + string(t.ID))
	if err != nil {
		return err
	}
	secret, made, err := s.Operators.CreateLink(x.context(), operator.NewLink{
		ID: id, Once: true, Tenant: t.ID, Purpose: purpose, ExpiresAt: x.now().Add(life), CreatedBy: x.viewer.Actor,
	})
	if errors.Is(err, operator.ErrPurpose) {
		return refuse(http.StatusUnprocessableEntity, "A set-up link needs a purpose", "Choose what its holder is to do.").at(back, "Back").because(err)
	}
	if errors.Is(err, operator.ErrMade) {
		x.resource = id
		return errMadeAlready(t).because(err)
	}
	if err != nil {
		return err
	}
	x.resource = made.ID
	return s.showTenant(x, t, shownOnce{
		Link: s.config.Origin(s.config.Host(t.Slug)) + "/setup/" + secret.Reveal(), Purpose: purposeText(purpose), Expires: made.ExpiresAt, Welcome: welcome,
	})
}

// operatorState suspends a tenant, or lets it go on.
func (s *Server) operatorState(x *exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	state := tenancy.State(x.PostForm("state"))
	if state != tenancy.StateActive && state != tenancy.StateSuspended && state != tenancy.StatePaused {
		return refuse(http.StatusUnprocessableEntity, "A tenant cannot be put into this state", "It can be active, paused or suspended here.").at(back, "Back")
	}
	err = s.Tenants.SetState(x.context(), t.ID, state)
	var wrong *tenancy.StateError
	if errors.As(err, &wrong) {
		return refuse(http.StatusConflict, "The tenant's state has changed meanwhile", "It cannot go there from where it is now. Nothing was changed.").at(back, "Look at it again").because(err)
	}
	if err != nil {
		return err
	}
	return x.seeOther(back, done("%s is %s now.", t.Name, state))
}

// impersonate makes an operator's visit, and shows its link once. Who may manage tenants looks; who manages operators may
// do what the tenant's own administrators may.
func (s *Server) impersonate(x *exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	role := admin.Role(x.PostForm("role"))
	if role == admin.Owner {
		return refuse(http.StatusForbidden, "Nobody visits as an owner", "Who owns a tenant's console, and how its people sign in, is for its owners alone. Visit as viewer or admin.").at(back, "Back")
	}
	if role != admin.Viewer && !x.viewer.may(access{operator: operator.Admin}) {
		return refuse(http.StatusForbidden, "You may only look", "An operator with the role admin may open a tenant's console to change something. Yours is %s.", x.viewer.Operator.Role).at(back, "Back")
	}
	secret, visit, err := s.Admins.CreateImpersonation(x.context(), admin.NewImpersonation{
		Tenant: t.ID, Operator: x.viewer.Actor, Name: x.viewer.Name, Reason: x.PostForm("reason"), Role: role, ExpiresAt: x.now().Add(time.Hour),
	})
	switch {
	case errors.Is(err, admin.ErrReason):
		return refuse(http.StatusUnprocessableEntity, "Say why", "The tenant's administrators are shown the reason: one line of up to 500 characters.").at(back, "Back").because(err)
	case errors.Is(err, admin.ErrRole):
		return refuse(http.StatusUnprocessableEntity, "A visit needs a role", "Choose viewer or admin.").at(back, "Back").because(err)
	case err != nil:
		return err
	}
	x.resource = visit.ID
	return s.showTenant(x, t, shownOnce{Visit: s.config.Origin(s.config.Host(t.Slug)) + visitPath + secret.Reveal(), Expires: visit.ExpiresAt})
}

func (s *Server) endImpersonation(x *exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	err = s.Admins.EndImpersonation(x.context(), t.ID, x.Param("id"))
	if errors.Is(err, admin.ErrNoImpersonation) {
		return refuse(http.StatusNotFound, "There is no such visit", "It may be older than what is kept.").at(back, "Back").because(err)
	}
	if err != nil {
		return err
	}
	x.resource = x.Param("id")
	return x.seeOther(back, done("The visit has ended, everywhere."))
}
