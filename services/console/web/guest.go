package web

import (
	"net/http"
)

// Who came by a set-up link sets up, and takes away nothing that was there before: it may revoke and remove what was made
// under the same link alone. The audit log has what that is. What it does not have, as when its entry could not be concluded,
// an administrator revokes.

// guestMakes are the operations by which a guest makes what it may revoke. The audit log's resource is what was made.
var guestMakes = []string{"createToken", "startRotation", "createOAuthClient", "createOAuthSecret", "claimHost"}

// MayRevoke says whether the viewer may revoke or remove what has an id, for all that the route lets it in.
func (x *Exchange) MayRevoke(id string) (bool, error) {
	if x.Viewer.Kind != ByLink {
		return true, nil
	}
	return x.console.config.Audit.Made(x.Context(), x.Tenant.ID, x.Viewer.Actor, id, guestMakes...)
}

// MustRevoke refuses who may not. back is where it goes on.
func (x *Exchange) MustRevoke(id, back string) error {
	may, err := x.MayRevoke(id)
	if err != nil || may {
		return err
	}
	return x.RefuseGuest(back)
}

// RefuseGuest says that the viewer, who came by a set-up link, may not revoke something. back is where it goes on.
func (x *Exchange) RefuseGuest(back string) error {
	return Refuse(http.StatusForbidden, "This was there before your set-up link",
		"Nothing was changed. A set-up link lets you set up, and revoke what you made by it. Ask an administrator of %s to revoke this.", x.TenantName()).At(back, "Back")
}

// GuestMade has the audit log say what a guest has made, where a change is else about what it belongs to.
func (x *Exchange) GuestMade(id string) {
	if x.Viewer.Kind == ByLink {
		x.Resource = id
	}
}
