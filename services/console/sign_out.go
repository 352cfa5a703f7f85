package console

import (
	"github.com/askspoke/spoke/tenancy/operator"
)

// leave ends the session. Who is not signed in is answered alike.
func (s *Server) leave(x *exchange) error {
	if x.viewer.SignedIn() {
		call := operator.Call{Actor: x.viewer.Actor, Name: x.viewer.Name, Role: operator.Role(x.viewer.roleText()), Operation: "signOut"}
		if err := x.recordAs(call); err != nil {
			return err
		}
	}
	if x.viewer.Kind == impersonate {
		if err := s.Admins.EndImpersonation(x.context(), x.tenant.ID, x.viewer.Impersonation.ID); err != nil {
			return err
		}
	}
	if err := x.signOut(); err != nil {
		return err
	}
	return x.seeOther(signInPath)
}
