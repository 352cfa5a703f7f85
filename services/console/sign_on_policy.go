package console

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/signon"
)

// idOf returns a UUID as the audit log takes it, or "".
func idOf(text string) string {
	if uuid.Validate(text) != nil {
		return ""
	}
	return text
}

// signOnOffered lets people sign in by a connection, beside links.
func (s *Server) signOnOffered(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	if err := s.SignOn.Offer(x.context(), x.tenant.ID, c.ID, x.PostForm("revision"), x.viewer.Actor); err != nil {
		return signOnRefusal(err)
	}
	return x.seeOther(signOnPath, done("Administrators can sign in with %s now, and by links to their mail address as before.", c.Name))
}

// reach is whether an administrator can be expected to come in once a connection is required.
type reach struct {
	admin.Administrator
	Came     time.Time // by the connection; zero: never
	Disabled bool      // in the directory
}

// reaches returns the tenant's administrators, those first who may be locked out.
func (s *Server) reaches(x *exchange, c signon.Connection) (out, in []reach, err error) {
	list, err := s.Admins.List(x.context(), x.tenant.ID)
	if err != nil {
		return nil, nil, err
	}
	known, err := s.SignOn.Known(x.context(), x.tenant.ID, c.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range list {
		_, standing, err := s.inDirectory(x.context(), a)
		if err != nil {
			return nil, nil, err
		}
		r := reach{a, known[a.ID], standing == disabled}
		if r.Came.IsZero() || r.Disabled {
			out = append(out, r)
		} else {
			in = append(in, r)
		}
	}
	return out, in, nil
}

// signOnEnforcing asks for the confirmation, and names who may be locked out.
func (s *Server) signOnEnforcing(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	out, in, err := s.reaches(x, c)
	if err != nil {
		return err
	}
	return x.show("sign_on_enforce", struct {
		Connection signon.Connection
		Out, In    []reach
		Owner      bool
		Already    bool
	}{c, out, in, x.isOwner(), c.State == signon.Enforced})
}

// errOwnCodes is for an operator who visits.
var errOwnCodes = refuse(http.StatusForbidden, "This is for an owner of the tenant", "Recovery codes are shown to whom they belong to, and not to an operator who visits. Ask an owner to do this.").
	at(signOnPath, "To single sign-on")

// signOnEnforce requires a connection of everybody. The others' sessions end, so that from now on all have come by it.
func (s *Server) signOnEnforce(x *exchange) error {
	c, err := x.connection()
	if err != nil {
		return err
	}
	if !x.isOwner() {
		return errOwnCodes
	}
	codes, err := s.SignOn.Enforce(x.context(), x.tenant.ID, c.ID, x.PostForm("revision"), x.viewer.Actor)
	if err != nil {
		return signOnRefusal(err)
	}
	list, err := s.Admins.List(x.context(), x.tenant.ID)
	for _, a := range list {
		if a.ID != x.viewer.Admin.ID && err == nil {
			err = s.Admins.EndSessions(x.context(), x.tenant.ID, a.ID, x.now())
		}
	}
	if err != nil { // it is enforced, and the codes must not be lost for this
		s.Logger.Error("sessions of administrators were not ended", "request_id", x.id, "tenant", string(x.tenant.Slug), "error", err)
	}
	if codes == nil {
		return x.seeOther(signOnPath, done("Everybody signs in with %s now. The recovery codes that you have stay good.", c.Name))
	}
	return x.show("sign_on_codes", codesShown{codes, "Everybody signs in with " + c.Name + " from now on.", c.Name})
}

type codesShown struct {
	Codes []string
	Done  string
	Name  string
}

// signOnOff has everybody sign in by links again.
func (s *Server) signOnOff(x *exchange) error {
	if err := s.SignOn.TurnOff(x.context(), x.tenant.ID, x.viewer.Actor); err != nil {
		return signOnRefusal(err)
	}
	return x.seeOther(signOnPath, done("Single sign-on is off: administrators sign in by links to their mail address. The connection is kept as a draft."))
}

// signOnCodes makes new recovery codes.
func (s *Server) signOnCodes(x *exchange) error {
	if !x.isOwner() {
		return errOwnCodes
	}
	codes, err := s.SignOn.RenewCodes(x.context(), x.tenant.ID, x.viewer.Actor)
	if err != nil {
		return signOnRefusal(err)
	}
	return x.show("sign_on_codes", codesShown{Codes: codes, Done: "These are new codes. Those from before are void."})
}
