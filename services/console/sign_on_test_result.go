package console

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/signon"
)

// signOnResult is what a test of a connection came to.
type signOnResult struct {
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

// signOnEditor is who sets up single sign-on: an owner, or who came by a link for it. The latter prepares and tests: what
// changes how people sign in is for an owner alone, and so are recovery codes.
var signOnEditor = owner.or(operator.ForSignOn)

// maxReported bounds what a session remembers of a test.
const maxReported = 30

// tested keeps what a test came to, and shows it on the connection's page.
func (x *exchange) tested(c signon.Connection, p signon.Person, refused *signon.Refusal) error {
	if !x.viewer.may(signOnEditor) { // her session has ended meanwhile
		return errSignIn
	}
	r := signOnResult{Connection: c.ID, Revision: c.Revision, At: x.now(), Person: p}
	r.Person.Attributes = nil
	if refused != nil {
		r.Sentence, r.Detail = refused.Sentence, refused.Detail
		x.server.Logger.Info("sign-on test failed", "request_id", x.id, "tenant", string(x.tenant.Slug), "connection", c.ID, "reason", string(refused.Reason), "error", refused)
	} else {
		for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
			if len(r.Attributes) < maxReported {
				r.Attributes = append(r.Attributes, attribute{name, signon.Line(strings.Join(p.Attributes[name], ", "), 300)})
			}
		}
		if err := x.countTest(c, p, &r); err != nil {
			return err
		}
	}
	x.put(signOnResultKey, r)
	return x.seeOther(signOnPath + "/" + c.ID)
}

// countTest notes a test that counts: by an administrator, who came back as herself.
func (x *exchange) countTest(c signon.Connection, p signon.Person, r *signOnResult) error {
	s := x.server
	if x.viewer.Kind != byAdmin || x.viewer.Admin.Email != p.Email {
		switch a, err := s.Admins.ByEmail(x.context(), x.tenant.ID, p.Email); {
		case err == nil:
			r.Whom = "the administrator " + a.Email
		case errors.Is(err, admin.ErrNotFound):
			r.Whom = p.Email + ", who is no administrator"
		default:
			return err
		}
		return nil
	}
	if err := s.SignOn.Tested(x.context(), x.tenant.ID, c.ID, c.Revision, x.viewer.Actor); err != nil {
		return signOnRefusal(err)
	}
	r.Own = true
	return s.SignOn.Came(x.context(), c, x.viewer.Admin.ID, p.Subject)
}
