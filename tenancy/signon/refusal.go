package signon

import "fmt"

// Reason is why a sign-on came to nothing, in a word that logs and metrics can have.
type Reason string

// The reasons that sign-on by any protocol has. Those of one protocol stand beside it.
const (
	ReasonState       Reason = "state"        // the answer is to no question of this browser's
	ReasonExpired     Reason = "expired"      // the answer came too late
	ReasonChanged     Reason = "changed"      // the connection was changed in between
	ReasonDenied      Reason = "denied"       // the provider refused
	ReasonUnavailable Reason = "unavailable"  // the provider cannot be asked
	ReasonProvider    Reason = "provider"     // what the provider says of itself is wrong
	ReasonIssuer      Reason = "issuer"       // the answer is another provider's
	ReasonAudience    Reason = "audience"     // it was made for another application
	ReasonSignature   Reason = "signature"    // it is not signed by the provider
	ReasonTime        Reason = "time"         // it has expired, or is not valid yet
	ReasonReplay      Reason = "replay"       // it was used before
	ReasonNoEmail     Reason = "no_email"     // it has no mail address
	ReasonUnverified  Reason = "unverified"   // the address is not known to be the person's
	ReasonDomain      Reason = "domain"       // the person is of another organisation
	ReasonMalformed   Reason = "malformed"    // it cannot be read
	ReasonNonce       Reason = "nonce"        // an ID token was made for another sign-in
	ReasonCode        Reason = "code"         // the provider does not take the code that it gave
	ReasonClient      Reason = "client"       // the provider does not know us by this id and secret
	ReasonSetUp       Reason = "set_up"       // the connection is not set up completely
	ReasonOrigin      Reason = "origin"       // the sign-in began at the provider, which the connection does not allow
	ReasonDestination Reason = "destination"  // it was sent to another address
	ReasonEncryption  Reason = "encryption"   // it cannot be decrypted
	ReasonRequest     Reason = "wrong_answer" // it answers another request
)

// Refusal is the error of a sign-on that came to nothing because of the person, the provider or the connection, and not
// because something of ours failed.
type Refusal struct { //nolint:errname // it is a value that pages show, and an error on the way there
	Reason Reason
	// Sentence says what is wrong and what to do, to the tenant's administrator. It has nothing that the person who signs in
	// must not see.
	Sentence string
	// Detail is what was expected and what came, for the administrator who tests the connection and for the log; "" when the
	// sentence says all. What is in it of a stranger's is a Line.
	Detail string
	Err    error // what it follows from; nil: nothing
}

// Refuse returns a Refusal.
func Refuse(reason Reason, sentence string, err error, detail string, arguments ...any) *Refusal {
	return &Refusal{Reason: reason, Sentence: sentence, Detail: Line(fmt.Sprintf(detail, arguments...), maxDetail), Err: err}
}

// maxDetail is the longest detail, in bytes.
const maxDetail = 500

// Error returns the reason, the sentence and the detail.
func (r *Refusal) Error() string {
	text := "sign-on refused (" + string(r.Reason) + "): " + r.Sentence
	if r.Detail != "" {
		text += " (" + r.Detail + ")"
	}
	return text
}

// Unwrap returns what the refusal follows from.
func (r *Refusal) Unwrap() error { return r.Err }
