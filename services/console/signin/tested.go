package signin

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Result is what a test of a connection came to.
type Result struct {
	Connection string        `json:"connection"`
	Revision   string        `json:"revision"`
	At         time.Time     `json:"at"`
	Person     signon.Person `json:"person,omitzero"`
	Attributes []attribute   `json:"attributes,omitempty"` // in the order of their names
	Sentence   string        `json:"sentence,omitempty"`   // why it failed
	Detail     string        `json:"detail,omitempty"`
	// Own says that the administrator who tested came back under her own address, so that it counts.
	Own bool `json:"own,omitempty"`
	// Whom says, for one that does not count though it worked, whose address came back.
	Whom string `json:"whom,omitempty"`
}

type attribute struct{ Name, Values string }

// Editors is who sets up single sign-on: an owner, or who came by a link for it. The latter prepares and tests: what
// changes how people sign in is for an owner alone, and so are recovery codes.
var Editors = web.Owners.Or(operator.ForSignOn)

// maxReported bounds what a session remembers of a test.
const maxReported = 30

// tested keeps what a test came to, and shows it on the connection's page.
func (s *Pages) tested(x *web.Exchange, c signon.Connection, p signon.Person, refused *signon.Refusal) error {
	if !x.Viewer.MayUse(Editors) { // her session has ended meanwhile
		return web.ErrSignIn
	}
	r := Result{Connection: c.ID, Revision: c.Revision, At: x.Now(), Person: p}
	r.Person.Attributes = nil
	if refused != nil {
		r.Sentence, r.Detail = refused.Sentence, refused.Detail
		s.Logger.Info("sign-on test failed", "request_id", x.ID, "tenant", string(x.Tenant.Slug), "connection", c.ID, "reason", string(refused.Reason), "error", refused)
	} else {
		for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
			if len(r.Attributes) < maxReported {
				r.Attributes = append(r.Attributes, attribute{name, signon.Line(strings.Join(p.Attributes[name], ", "), 300)})
			}
		}
		if err := s.countTest(x, c, p, &r); err != nil {
			return err
		}
	}
	x.Put(ResultKey, r)
	return x.SeeOther(place.SignOn + "/" + c.ID)
}

// countTest notes a test that counts: by an administrator, who came back as herself.
func (s *Pages) countTest(x *web.Exchange, c signon.Connection, p signon.Person, r *Result) error {
	if x.Viewer.Kind != web.ByAdmin || x.Viewer.Admin.Email != p.Email {
		switch a, err := s.Admins.ByEmail(x.Context(), x.Tenant.ID, p.Email); {
		case err == nil:
			r.Whom = "the administrator " + a.Email
		case errors.Is(err, admin.ErrNotFound):
			r.Whom = p.Email + ", who is no administrator"
		default:
			return err
		}
		return nil
	}
	if err := s.SignOn.Tested(x.Context(), x.Tenant.ID, c.ID, c.Revision, x.Viewer.Actor); err != nil {
		return Refusal(err)
	}
	r.Own = true
	return s.SignOn.Came(x.Context(), c, x.Viewer.Admin.ID, p.Subject)
}
