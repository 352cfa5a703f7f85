package operatorconsole

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
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

func (s *Pages) onboardForm(x *web.Exchange) onboardForm {
	host := s.Host("a")
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

func (s *Pages) onboardPage(x *web.Exchange) error {
	return x.Show("operator_onboard", s.onboardForm(x))
}

// onboard makes a tenant, and the link for its first administrator: once, however often the form is sent. One that was
// broken off before its link is completed when it is sent again.
func (s *Pages) onboard(x *web.Exchange) error {
	f := s.onboardForm(x)
	id, err := s.operatorFormID(x, "tenant")
	if err != nil {
		return err
	}
	switch t, err := s.Tenants.ByID(x.Context(), tenancy.ID(id)); {
	case errors.Is(err, tenancy.ErrNotFound):
	case err != nil:
		return err
	case string(t.Slug) != f.Slug:
		x.About = t.ID
		return errMadeAlready(t)
	}
	settings := tenancy.DefaultSettings()
	settings.Plan = f.Plan
	t, err := s.Tenants.Create(x.Context(), lifecycle.NewTenant{ID: tenancy.ID(id), Slug: tenancy.Slug(f.Slug), Name: f.Name, Settings: settings})
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
		x.About = t.ID
		// The list of tenants has it at once, not when the worker comes by. The link must not be lost for that.
		if err := s.Status.Ensure(x.Context(), x.Now()); err != nil {
			s.Logger.Warn("a new tenant is not listed yet", "request_id", x.ID, "tenant", t.Slug, "error", err)
		}
		return s.linked(x, t, operator.ForAdministrator, firstLinkLife, true)
	}
	return x.ShowAgain("operator_onboard", f)
}

// newOnce returns the number of a form: the one that it was sent with, where it is shown again.
func newOnce(x *web.Exchange) string {
	if once, err := uuid.Parse(x.PostForm("once")); err == nil {
		return once.String()
	}
	return uuid.NewString()
}

// operatorFormID is formID for what operators make.
func (s *Pages) operatorFormID(x *web.Exchange, kind string) (string, error) {
	once, err := uuid.Parse(x.PostForm("once"))
	if err != nil {
		return "", web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was made. Open the page anew and fill it in again.").Because(err).At("/", "All tenants")
	}
	return uuid.NewSHA1(once, []byte(kind+" "+x.Viewer.Actor)).String(), nil
}

// errMadeAlready answers a form of which another answer has shown the link.
func errMadeAlready(t tenancy.Tenant) *web.Refusal {
	return web.Refuse(http.StatusConflict, "This form has been sent already", "%s is there, and nothing was made a second time. Its set-up link was shown by the first answer, and by no other: "+
		"if nobody has it, revoke it on the tenant's page and make a new one there.", t.Name).At("/tenants/"+string(t.Slug), "To "+t.Name)
}

// operatorSetupLink makes a set-up link and shows it once.
func (s *Pages) operatorSetupLink(x *web.Exchange) error {
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
func (s *Pages) revokeSetupLink(x *web.Exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	err = s.Operators.RevokeLink(x.Context(), t.ID, x.Param("id"))
	if errors.Is(err, operator.ErrNotFound) {
		return web.Refuse(http.StatusNotFound, "There is no such set-up link", "It may be older than what is kept.").At(back, "Back").Because(err)
	}
	if err != nil {
		return err
	}
	x.Resource = x.Param("id")
	return x.SeeOther(back, web.Done("The set-up link opens nothing any more, and whoever came by it is out."))
}

// linked makes the link. One that makes an owner of a tenant which has one already is a way around who may do what there, and
// for operators who manage operators alone.
func (s *Pages) linked(x *web.Exchange, t tenancy.Tenant, purpose operator.Purpose, life time.Duration, welcome bool) error {
	back := "/tenants/" + string(t.Slug)
	if purpose == operator.ForAdministrator && !x.Viewer.MayUse(web.Operators(operator.Admin)) {
		has, err := s.Admins.HasOwner(x.Context(), t.ID)
		if err != nil {
			return err
		}
		if has {
			return web.Refuse(http.StatusForbidden, "This tenant has an owner", "Its owners invite further administrators. A link that makes another owner, for a customer who has lost theirs, is made by an operator with the role admin. Yours is %s.",
				x.Viewer.Operator.Role).At(back, "Back")
		}
	}
	id, err := s.operatorFormID(x, "set-up link "+string(t.ID))
	if err != nil {
		return err
	}
	secret, made, err := s.Operators.CreateLink(x.Context(), operator.NewLink{
		ID: id, Once: true, Tenant: t.ID, Purpose: purpose, ExpiresAt: x.Now().Add(life), CreatedBy: x.Viewer.Actor,
	})
	if errors.Is(err, operator.ErrPurpose) {
		return web.Refuse(http.StatusUnprocessableEntity, "A set-up link needs a purpose", "Choose what its holder is to do.").At(back, "Back").Because(err)
	}
	if errors.Is(err, operator.ErrMade) {
		x.Resource = id
		return errMadeAlready(t).Because(err)
	}
	if err != nil {
		return err
	}
	x.Resource = made.ID
	return s.showTenant(x, t, shownOnce{
		Link: s.Origin(s.Host(t.Slug)) + "/setup/" + secret.Reveal(), Purpose: web.PurposeText(purpose), Expires: made.ExpiresAt, Welcome: welcome,
	})
}

// operatorState suspends a tenant, or lets it go on.
func (s *Pages) operatorState(x *web.Exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	state := tenancy.State(x.PostForm("state"))
	if state != tenancy.StateActive && state != tenancy.StateSuspended && state != tenancy.StatePaused {
		return web.Refuse(http.StatusUnprocessableEntity, "A tenant cannot be put into this state", "It can be active, paused or suspended here.").At(back, "Back")
	}
	err = s.Tenants.SetState(x.Context(), t.ID, state)
	var wrong *tenancy.StateError
	if errors.As(err, &wrong) {
		return web.Refuse(http.StatusConflict, "The tenant's state has changed meanwhile", "It cannot go there from where it is now. Nothing was changed.").At(back, "Look at it again").Because(err)
	}
	if err != nil {
		return err
	}
	return x.SeeOther(back, web.Done("%s is %s now.", t.Name, state))
}

// impersonate makes an operator's visit, and shows its link once: one visit, however often the form is sent. Who may manage tenants looks; who manages operators may
// do what the tenant's own administrators may.
func (s *Pages) impersonate(x *web.Exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	role := admin.Role(x.PostForm("role"))
	if role == admin.Owner {
		return web.Refuse(http.StatusForbidden, "Nobody visits as an owner", "Who owns a tenant's console, and how its people sign in, is for its owners alone. Visit as viewer or admin.").At(back, "Back")
	}
	if role != admin.Viewer && !x.Viewer.MayUse(web.Operators(operator.Admin)) {
		return web.Refuse(http.StatusForbidden, "You may only look", "An operator with the role admin may open a tenant's console to change something. Yours is %s.", x.Viewer.Operator.Role).At(back, "Back")
	}
	id, err := s.operatorFormID(x, "visit "+string(t.ID))
	if err != nil {
		return err
	}
	secret, visit, err := s.Admins.CreateImpersonation(x.Context(), admin.NewImpersonation{
		ID: id, Once: true, Tenant: t.ID, Operator: x.Viewer.Actor, Name: x.Viewer.Name, Reason: x.PostForm("reason"), Role: role, ExpiresAt: x.Now().Add(time.Hour),
	})
	switch {
	case errors.Is(err, admin.ErrReason):
		return web.Refuse(http.StatusUnprocessableEntity, "Say why", "The tenant's administrators are shown the reason: one line of up to 500 characters.").At(back, "Back").Because(err)
	case errors.Is(err, admin.ErrMade):
		x.Resource = id
		return web.Refuse(http.StatusConflict, "This form has been sent already", "One visit was made by it, whose link was shown by the first answer, and by no other: "+
			"if you have not opened it, end that visit on the tenant's page and make a new one there.").At(back, "To "+t.Name).Because(err)
	case errors.Is(err, admin.ErrRole):
		return web.Refuse(http.StatusUnprocessableEntity, "A visit needs a role", "Choose viewer or admin.").At(back, "Back").Because(err)
	case err != nil:
		return err
	}
	x.Resource = visit.ID
	return s.showTenant(x, t, shownOnce{Visit: s.Origin(s.Host(t.Slug)) + place.Visit + secret.Reveal(), Expires: visit.ExpiresAt})
}

func (s *Pages) endImpersonation(x *web.Exchange) error {
	t, err := s.asked(x)
	if err != nil {
		return err
	}
	back := "/tenants/" + string(t.Slug)
	err = s.Admins.EndImpersonation(x.Context(), t.ID, x.Param("id"))
	if errors.Is(err, admin.ErrNoImpersonation) {
		return web.Refuse(http.StatusNotFound, "There is no such visit", "It may be older than what is kept.").At(back, "Back").Because(err)
	}
	if err != nil {
		return err
	}
	x.Resource = x.Param("id")
	return x.SeeOther(back, web.Done("The visit has ended, everywhere."))
}
