package console

import (
	"net/http"

	"github.com/google/uuid"
)

// Who came by a set-up link sets up, and takes away nothing that was there before: it may revoke and remove what was made
// under the same link alone. The audit log has what that is. What it does not have, as when its entry could not be concluded,
// an administrator revokes.

// guestMakes are the operations by which a guest makes what it may revoke. The audit log's resource is what was made.
var guestMakes = []string{"createToken", "startRotation", "createOAuthClient", "createOAuthSecret", "claimHost"}

// mayRevoke says whether the viewer may revoke or remove what has an id, for all that the route lets it in.
func (x *exchange) mayRevoke(id string) (bool, error) {
	if x.viewer.Kind != byLink {
		return true, nil
	}
	return x.server.Operators.Made(x.context(), x.tenant.ID, x.viewer.Actor, id, guestMakes...)
}

// mustRevoke refuses who may not. back is where it goes on.
func (x *exchange) mustRevoke(id, back string) error {
	may, err := x.mayRevoke(id)
	if err != nil || may {
		return err
	}
	return x.refuseGuest(back)
}

func (x *exchange) refuseGuest(back string) error {
	return refuse(http.StatusForbidden, "This was there before your set-up link",
		"Nothing was changed. A set-up link lets you set up, and revoke what you made by it. Ask an administrator of %s to revoke this.", x.tenantName()).at(back, "Back")
}

// guestMade has the audit log say what a guest has made, where a change is else about what it belongs to.
func (x *exchange) guestMade(id string) {
	if x.viewer.Kind == byLink {
		x.resource = id
	}
}

// hostID is what the audit log calls a host of the tenant's, which has no id.
func (x *exchange) hostID(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(string(x.tenant.ID)+" "+name)).String()
}
