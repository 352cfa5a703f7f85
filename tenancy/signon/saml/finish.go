package saml

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/crewjam/saml"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/signon"
)

// Origin is where a sign-in began.
type Origin string

// The origins.
const (
	FromUs       Origin = "sp"  // a request of ours
	FromProvider Origin = "idp" // the identity provider
)

// Result is what an assertion told.
type Result struct {
	Tenant     tenancy.ID    `json:"tenant"`
	Connection string        `json:"connection"` // its ID
	Revision   string        `json:"revision"`   // of the connection
	Person     signon.Person `json:"person"`
	Origin     Origin        `json:"origin"`
	// RequestID is the Flow's, which the browser's session must have. "" where the sign-in began at the provider.
	RequestID string `json:"request_id,omitempty"`
	// RelayState is what came beside the assertion: neither signed nor known to be ours.
	RelayState string `json:"relay_state,omitempty"`
	// Refused is why nobody was signed in, for who comes with the browser that asked.
	Refused *Refused `json:"refused,omitempty"`
}

// Refused is a signon.Refusal as it is kept.
type Refused struct {
	Reason   signon.Reason `json:"reason"`
	Sentence string        `json:"sentence"`
	Detail   string        `json:"detail,omitempty"`
}

// Refusal returns the refusal that was kept, nil for none.
func (r Result) Refusal() *signon.Refusal {
	if r.Refused == nil {
		return nil
	}
	return &signon.Refusal{Reason: r.Refused.Reason, Sentence: r.Refused.Sentence, Detail: r.Refused.Detail}
}

// Asked returns the ID of the connection by which the request was made that an answer is to, "" for an answer that nobody
// asked for. It verifies nothing else, which is for that connection's Finish. Errors are those of a message that cannot be
// read, ErrForeign and ErrLate.
func (s *Store) Asked(tenant tenancy.ID, form url.Values) (connection string, err error) {
	m, _, err := readForm(form)
	if err != nil || m.inResponseTo == "" {
		return "", err
	}
	connection, _, err = s.readRequestID(tenant, m.inResponseTo)
	return connection, err
}

// Finish returns what an identity provider's answer tells, in the form that it posted to ACSURL. It uses the assertion up, and
// the request that it answers: of two at once, one is told. Errors are *signon.Refusal, or say that Postgres could not be
// asked, in which case the same answer may be good for another attempt. With a refusal of an answer to a request of ours the
// Result has no person, and the refusal in Refused: what it says is for the browser that asked, and for no other.
func (p *ServiceProvider) Finish(ctx context.Context, form url.Values) (Result, error) {
	m, relay, err := readForm(form)
	if err != nil {
		return Result{}, err
	}
	c := p.connection
	if err := p.store.Check(c.Config); err != nil {
		return Result{}, refuse(ErrSetUp, "%s", err)
	}
	r := Result{Tenant: c.Tenant, Connection: c.ID.String(), Revision: c.Revision, Origin: FromProvider, RelayState: relay}
	var expires time.Time
	switch {
	case m.inResponseTo != "":
		var by string
		if by, expires, err = p.store.readRequestID(c.Tenant, m.inResponseTo); err != nil {
			return Result{}, err
		}
		if by != r.Connection {
			return Result{}, refuse(ErrForeign, "InResponseTo is of another connection")
		}
		r.Origin, r.RequestID = FromUs, m.inResponseTo
	case !c.Config.AllowIDPInitiated:
		return Result{}, refuse(ErrUnasked, "")
	}
	told, err := p.verify(ctx, m, expires)
	if err == nil {
		r.Person, err = person(c.Config, told)
	}
	if end := r.Person.Until; err == nil && !end.IsZero() && !end.After(p.store.now()) {
		r.Person, err = signon.Person{}, refuse(ErrExpired, "the session was to end at %s", end.Format(time.RFC3339))
	}
	var refusal *signon.Refusal
	switch {
	case err == nil:
		return r, nil
	case errors.As(err, &refusal) && r.Origin == FromUs:
		r.Refused = &Refused{refusal.Reason, refusal.Sentence, refusal.Detail}
		return r, err
	}
	return Result{}, err
}

// verify returns the assertion of an answer when all of it is in order, and uses it up.
func (p *ServiceProvider) verify(ctx context.Context, m message, expires time.Time) (*saml.Assertion, error) {
	sp := p.library(p.store.now())
	sp.ReplayCache = &consumer{ctx: ctx, store: p.store, connection: p.connection, request: m.inResponseTo, requestExpires: expires}
	var asked []string
	if m.inResponseTo != "" {
		// An assertion that answers nothing in a response that says to answer us was put there by another than the provider.
		sp.AllowIDPInitiated, asked = false, []string{m.inResponseTo}
	}
	told, err := sp.ParseXMLResponse(m.xml, asked, sp.AcsURL)
	var bad saml.ErrBadStatus
	switch {
	case err == nil:
		return told, nil
	case errors.As(err, &bad):
		return nil, m.denied()
	case !m.signed:
		return nil, refuse(ErrUnsigned, "")
	}
	return nil, refused(err)
}

// consumer is what the library asks, last of all, whether an assertion was used.
type consumer struct {
	ctx            context.Context // the library's interface has none
	store          *Store
	connection     Connection
	request        string
	requestExpires time.Time
}

// Consume uses the assertion up, and the request that it answers.
func (c *consumer) Consume(id string, expires time.Time) error {
	if err := c.store.use(c.ctx, c.connection.Tenant, "assertion of "+c.connection.Config.EntityID, id, expires); err != nil || c.request == "" {
		return err
	}
	return c.store.use(c.ctx, c.connection.Tenant, "request", c.request, c.requestExpires)
}
