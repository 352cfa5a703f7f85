package signin

import (
	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/operator"
)

// leave ends the session. Who is not signed in is answered alike.
func (s *Pages) leave(x *web.Exchange) error {
	if x.Viewer.SignedIn() {
		call := operator.Call{Actor: x.Viewer.Actor, Name: x.Viewer.Name, Role: operator.Role(x.Viewer.RoleText()), Operation: "signOut"}
		if err := x.RecordAs(call); err != nil {
			return err
		}
	}
	if x.Viewer.Kind == web.ByVisit {
		if err := s.Admins.EndImpersonation(x.Context(), x.Tenant.ID, x.Viewer.Impersonation.ID); err != nil {
			return err
		}
	}
	if err := x.SignOut(); err != nil {
		return err
	}
	return x.SeeOther(place.SignIn)
}
