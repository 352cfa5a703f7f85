package signonsetting

import (
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/console/account"
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnOffered lets people sign in by a connection, beside links.
func (s *Pages) signOnOffered(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	if err := s.SignOn.Offer(x.Context(), x.Tenant.ID, c.ID, x.PostForm("revision"), x.Viewer.Actor); err != nil {
		return signin.Refusal(err)
	}
	return x.SeeOther(place.SignOn, web.Done("Administrators can sign in with %s now, and by %s as before.", c.Name, s.links()))
}

// reach is whether an administrator can be expected to come in once a connection is required.
type reach struct {
	admin.Administrator
	Came     time.Time // by the connection; zero: never
	Disabled bool      // in the directory
}

// reaches returns the tenant's administrators, those first who may be locked out.
func (s *Pages) reaches(x *web.Exchange, c signon.Connection) (out, in []reach, err error) {
	list, err := s.Admins.List(x.Context(), x.Tenant.ID)
	if err != nil {
		return nil, nil, err
	}
	known, err := s.SignOn.Known(x.Context(), x.Tenant.ID, c.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range list {
		_, standing, err := s.Accounts.InDirectory(x.Context(), a)
		if err != nil {
			return nil, nil, err
		}
		r := reach{a, known[a.ID], standing == account.Disabled}
		if r.Came.IsZero() || r.Disabled {
			out = append(out, r)
		} else {
			in = append(in, r)
		}
	}
	return out, in, nil
}

// signOnEnforcing asks for the confirmation, and names who may be locked out.
func (s *Pages) signOnEnforcing(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	out, in, err := s.reaches(x, c)
	if err != nil {
		return err
	}
	return x.Show("sign_on_enforce", struct {
		Connection signon.Connection
		Out, In    []reach
		Owner      bool
		Already    bool
	}{c, out, in, s.isOwner(x), c.State == signon.Enforced})
}

// errOwnCodes is for an operator who visits.
var errOwnCodes = web.Refuse(http.StatusForbidden, "This is for an owner of the tenant", "Recovery codes are shown to whom they belong to, and not to an operator who visits. Ask an owner to do this.").
	At(place.SignOn, "To single sign-on")

// signOnEnforce requires a connection of everybody. The others' sessions end, so that from now on all have come by it.
func (s *Pages) signOnEnforce(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	if !s.isOwner(x) {
		return errOwnCodes
	}
	codes, err := s.SignOn.Enforce(x.Context(), x.Tenant.ID, c.ID, x.PostForm("revision"), x.Viewer.Actor)
	if err != nil {
		return signin.Refusal(err)
	}
	list, err := s.Admins.List(x.Context(), x.Tenant.ID)
	for _, a := range list {
		if a.ID != x.Viewer.Admin.ID && err == nil {
			err = s.Admins.EndSessions(x.Context(), x.Tenant.ID, a.ID, x.Now())
		}
	}
	if err != nil { // it is enforced, and the codes must not be lost for this
		s.Logger.Error("sessions of administrators were not ended", "request_id", x.ID, "tenant", string(x.Tenant.Slug), "error", err)
	}
	if codes == nil {
		return x.SeeOther(place.SignOn, web.Done("Everybody signs in with %s now. The recovery codes that you have stay good.", c.Name))
	}
	return x.Show("sign_on_codes", codesShown{codes, "Everybody signs in with " + c.Name + " from now on.", c.Name})
}

type codesShown struct {
	Codes []string
	Done  string
	Name  string
}

// links says by what administrators come in who do not come by single sign-on.
func (s *Pages) links() string {
	if s.In.Outbox == nil { // the installation sends no mail
		return "links that they get from whoever runs Spoke"
	}
	return "links to their mail address"
}

// signOnOff has everybody sign in by links again.
func (s *Pages) signOnOff(x *web.Exchange) error {
	if err := s.SignOn.TurnOff(x.Context(), x.Tenant.ID, x.Viewer.Actor); err != nil {
		return signin.Refusal(err)
	}
	return x.SeeOther(place.SignOn, web.Done("Single sign-on is off: administrators sign in by %s. The connection is kept as a draft.", s.links()))
}

// signOnCodes makes new recovery codes, once for a form: a page that is reloaded does not make void what it has shown.
func (s *Pages) signOnCodes(x *web.Exchange) error {
	if !s.isOwner(x) {
		return errOwnCodes
	}
	old, err := time.Parse(time.RFC3339Nano, x.PostForm("old"))
	if err != nil {
		return web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was changed: the codes that you have stay good.").Because(err).At(place.SignOn, "To single sign-on")
	}
	codes, err := s.SignOn.RenewCodes(x.Context(), x.Tenant.ID, x.Viewer.Actor, old)
	if err != nil {
		return signin.Refusal(err)
	}
	return x.Show("sign_on_codes", codesShown{Codes: codes, Done: "These are new codes. Those from before are void."})
}
