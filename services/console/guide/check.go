package guide

import (
	"net/netip"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// CheckKind is what a check is about.
type CheckKind string

// The kinds of checks.
const (
	CheckCredential CheckKind = "credential" // the provider has shown the token
	CheckSearch     CheckKind = "search"     // it has read users, as it does to test the connection
	CheckUser       CheckKind = "user"       // it has created one
	CheckFind       CheckKind = "find"       // and has found one again
	CheckGroup      CheckKind = "group"
	CheckMember     CheckKind = "member"
	CheckUpdate     CheckKind = "update"
	CheckLeave      CheckKind = "leave" // it has disabled or deleted a user
)

var kinds = []CheckKind{CheckCredential, CheckSearch, CheckUser, CheckFind, CheckGroup, CheckMember, CheckUpdate, CheckLeave}

// State is what became of a check.
type State string

// The states. A check that failed still waits: it passes by the first request that is accepted.
const (
	Waiting State = "waiting"
	Passed  State = "passed"
	Failed  State = "failed"
)

// Check is a step towards a provider that is connected.
type Check struct {
	Kind   CheckKind
	Title  string
	State  State
	Detail string    // what was seen
	Do     string    // what to do next; empty where nothing is to be done
	At     time.Time // when it was seen; zero while it waits
	Entry  string    // the id of the journal's entry that explains a failure, "" for none
	By     []string  // the credentials of the latest such changes, in order, as far as the journal tells
}

// Facts are what is known of a tenant since a credential was made.
type Facts struct {
	Now        time.Time
	State      tenancy.State
	Credential Credential
	Others     []string // the names of other credentials that were shown since
	Requests   []Requests
	Refusals   []Refusal // the latest first
	Latest     []Entry   // the latest changes, made or refused
	// Linked says that a group has a member: a group can be created with them, which is no request of its own.
	Linked bool
}

// Credential is the token, or the OAuth client, that the provider was given.
type Credential struct {
	Name      string
	Hint      string // the end of the token; "" of an OAuth client
	Line      string // the id of the first of the tokens that replaced each other, or of the OAuth client
	Scopes    tenancy.Scopes
	MadeAt    time.Time
	UsedAt    time.Time  // first; zero: never
	UsedFrom  netip.Addr // the zero Addr: it is not known
	ExpiresAt time.Time  // zero: never
	RevokedAt time.Time  // zero: not revoked
}

// Requests are those of one kind since the credential was made, whatever credential they showed.
type Requests struct {
	Resource        string // User, Group, or "" for neither
	Action          health.Action
	Outcome         health.Outcome
	Count           int64
	FirstAt, LastAt time.Time
	FoundAt         time.Time // when a list was read that was not empty; zero: none was
}

// Refusal is a refused request, as the journal explains it.
type Refusal struct {
	ID        string // of the journal's entry
	At        time.Time
	Status    int
	Resource  string
	Action    string
	Rule      string
	Attribute string
	Detail    string
	Hint      string
}

// Entry is a change, made or refused, as the journal has it: it does not have what was only read.
type Entry struct {
	Resource string
	Action   health.Action
	Refused  bool
	By       string // the credential, for people; "" where it is not known
}

// Checks returns what a guide expects, and what became of it.
func Checks(g Guide, f Facts) []Check {
	list := make([]Check, len(g.Expectations))
	for i, e := range g.Expectations {
		c := Check{Kind: e.Kind, Title: e.Title, State: Waiting, Do: e.Do}
		if e.Kind == CheckCredential {
			f.credential(&c)
		} else {
			f.request(&c)
		}
		list[i] = c
	}
	return list
}

// Done says whether all have passed.
func Done(checks []Check) bool {
	for _, c := range checks {
		if c.State != Passed {
			return false
		}
	}
	return true
}
