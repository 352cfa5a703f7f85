package saml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crewjam/saml"

	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Why an answer is refused. Each comes in a *signon.Refusal, which says it to the administrator, and is compared with errors.Is.
var (
	ErrMalformed = errors.New("the answer is no SAML response that can be read")
	ErrTooLarge  = errors.New("the answer is too large")
	ErrHostile   = errors.New("the answer holds what no identity provider sends")
	ErrUnsigned  = errors.New("neither the response nor the assertion is signed")
	ErrSignature = errors.New("the signature is not the identity provider's")
	ErrSHA1      = errors.New("the signature is made with SHA-1")
	ErrCertEnded = errors.New("the certificate of the signature has ended, or is not valid yet")
	ErrIssuer    = errors.New("the issuer is another identity provider")
	ErrAudience  = errors.New("the audience is another service provider")
	ErrRecipient = errors.New("the recipient or destination is another address")
	ErrExpired   = errors.New("the answer has expired")
	ErrEarly     = errors.New("the answer is not valid yet")
	ErrReplayed  = errors.New("the answer was used before")
	ErrForeign   = errors.New("the answer is to a request that was not made here")
	ErrLate      = errors.New("the answer came too long after the request")
	ErrUnasked   = errors.New("nobody asked for the answer")
	ErrDecrypt   = errors.New("the assertion cannot be decrypted")
	ErrMissing   = errors.New("a part that every answer has is missing")
	ErrCondition = errors.New("the assertion holds under a condition that is not understood")
	ErrNoEmail   = errors.New("the answer has no e-mail address")
	ErrEmail     = errors.New("the answer has no e-mail address that is one")
	ErrStatus    = errors.New("the identity provider did not sign the person in")
	ErrHandoff   = errors.New("the sign-in was completed before, or took too long")
	ErrSetUp     = errors.New("the connection has no identity provider yet")
)

const again = " Begin again at the sign-in page."

// explained says each reason to the administrator, and what to do.
var explained = []struct {
	err      error
	reason   signon.Reason
	sentence string
}{
	{ErrMalformed, signon.ReasonMalformed, "The answer is not a SAML response that can be read. Try again; if it stays so, the identity provider sends something else to this address."},
	{ErrTooLarge, signon.ReasonMalformed, "The answer is too large. Let the identity provider send fewer attributes, above all not every group."},
	{ErrHostile, signon.ReasonMalformed, "The answer holds what no identity provider sends: a document type, a comment, a second assertion, or an ID that is there twice. Somebody may have changed it on the way."},
	{ErrUnsigned, signon.ReasonSignature, "Neither the response nor the assertion is signed. Turn on signing of assertions at the identity provider."},
	{ErrSignature, signon.ReasonSignature, "The signature is not the identity provider's. If its certificate was changed, read its metadata again; otherwise somebody may have changed the answer."},
	{ErrSHA1, signon.ReasonSignature, "The answer is signed with SHA-1, which can be forged. Choose SHA-256 as the signature algorithm at the identity provider."},
	{ErrCertEnded, signon.ReasonSignature, "The certificate that the answer is signed with has ended, or is not valid yet. Make a new one at the identity provider and read its metadata again."},
	{ErrIssuer, signon.ReasonIssuer, "The answer is of another identity provider. Compare the entity ID (issuer) at the provider with the one in the settings."},
	{ErrAudience, signon.ReasonAudience, "The answer was made for another application. Set the audience (entity ID) at the identity provider to the one in the settings, letter for letter."},
	{ErrRecipient, signon.ReasonDestination, "The answer was made for another address. Set the assertion consumer service URL (ACS, reply URL) at the identity provider to the one in the settings, letter for letter."},
	{ErrExpired, signon.ReasonTime, "The answer has expired. Try again; if it stays so, the clock of the identity provider is behind."},
	{ErrEarly, signon.ReasonTime, "The answer is not valid yet. The clock of the identity provider is ahead by more than three minutes."},
	{ErrReplayed, signon.ReasonReplay, "This answer was used before, and works once." + again},
	{ErrForeign, signon.ReasonRequest, "The answer is to a request that was not made here." + again},
	{ErrLate, signon.ReasonExpired, "The answer came too long after the sign-in began." + again},
	{ErrUnasked, signon.ReasonOrigin, "Nobody asked for this answer: sign-in that begins at the identity provider is not allowed here. Begin at the sign-in page, or let an administrator allow it in the settings."},
	{ErrDecrypt, signon.ReasonEncryption, "The assertion cannot be decrypted. Give the identity provider the certificate in the settings again, or turn encryption off."},
	{ErrMissing, signon.ReasonMalformed, "The answer lacks a part that every SAML sign-in has: a subject, the time until which it holds, or how the person was authenticated."},
	{ErrCondition, signon.ReasonMalformed, "The answer is of another version than SAML 2.0, or holds only under a condition that is not understood here."},
	{ErrNoEmail, signon.ReasonNoEmail, "The answer has no e-mail address. Let the identity provider send one, as the name ID or in the attribute that the settings name."},
	{ErrEmail, signon.ReasonNoEmail, "What the answer has as the e-mail address is none, or there are several. Let the identity provider send exactly one."},
	{ErrStatus, signon.ReasonDenied, "The identity provider did not sign the person in."},
	{ErrHandoff, signon.ReasonState, "This sign-in was completed before, or took too long." + again},
	{ErrSetUp, signon.ReasonSetUp, "The connection has no identity provider yet. Give its metadata in the settings."},
}

// refuse returns the refusal for a reason. The detail is for the administrator who tests the connection, and for the log.
func refuse(err error, detail string, arguments ...any) error {
	for _, e := range explained {
		if e.err == err { //nolint:errorlint // they are the table's own
			return signon.Refuse(e.reason, e.sentence, err, detail, arguments...)
		}
	}
	return fmt.Errorf("refuse a SAML answer: %w", err) // a reason without a sentence, which a test finds
}

// denied returns the refusal for an identity provider that did not sign somebody in, with its own words where there are any.
func denied(code, message string) error {
	sentence := "The identity provider did not sign the person in: " + code
	if message != "" {
		sentence += " (“" + message + "”)"
	}
	return signon.Refuse(signon.ReasonDenied, sentence+".", ErrStatus, "")
}

// reasons are the library's errors, the more specific first.
var reasons = []struct{ theirs, ours error }{
	{saml.ErrDecryptionFailed, ErrDecrypt},
	{saml.ErrUntrustedCertificate, ErrSignature},
	{saml.ErrCertificateNotValidNow, ErrCertEnded},
	{saml.ErrInvalidSignature, ErrSignature},
	{saml.ErrIssuerMismatch, ErrIssuer},
	{saml.ErrAudienceMismatch, ErrAudience},
	{saml.ErrDestinationMismatch, ErrRecipient},
	{saml.ErrRequestIDMismatch, ErrForeign},
	{saml.ErrExpired, ErrExpired},
	{saml.ErrNotYetValid, ErrEarly},
	{saml.ErrMissingElement, ErrMissing},
	{saml.ErrUnsupported, ErrCondition},
	{saml.ErrMalformedMessage, ErrMalformed},
}

// refused returns the refusal for an error of the library's.
func refused(err error) error {
	said := err
	var invalid *saml.InvalidResponseError
	if errors.As(err, &invalid) {
		said = invalid.PrivateErr
	}
	var mine *signon.Refusal
	var stored *storeError
	switch {
	case errors.As(said, &mine):
		return mine
	case errors.As(said, &stored), tenantdb.Unavailable(said):
		return said
	case errors.Is(said, saml.ErrInvalidSignature) && errors.Is(said, saml.ErrUnsupported):
		return refuse(ErrSHA1, "%s", said)
	case strings.Contains(said.Error(), "signature element not present"): // of which the library says no more
		return refuse(ErrUnsigned, "")
	}
	for _, r := range reasons {
		if errors.Is(said, r.theirs) {
			return refuse(r.ours, "%s", said)
		}
	}
	return refuse(ErrMalformed, "%s", said)
}

// storeError is a fault of ours: nothing is known of the answer.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }
