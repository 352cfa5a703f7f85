// Package scim holds what every part of the protocol shares: the error a client reads and the tolerances a tenant's
// profile switches on. The protocol itself is in the packages below: schema, resource, filter, patch and provider.
//
// Nothing here or below knows HTTP frameworks, SQL or tenants, and nothing but the standard library and
// golang.org/x/text is imported, so that the packages can be used by themselves.
package scim

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrorSchema is the URN of the error message (RFC 7644 section 3.12).
const ErrorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"

// ErrorType is the scimType of an error: which rule of the protocol a request broke (RFC 7644 table 9, RFC 9865 section
// 2.1).
type ErrorType string

// The error types of RFC 7644 table 9, and those of RFC 9865 for cursors. None says that the status alone tells what
// happened.
const (
	None          ErrorType = ""
	InvalidFilter ErrorType = "invalidFilter"
	TooMany       ErrorType = "tooMany"
	Uniqueness    ErrorType = "uniqueness"
	Mutability    ErrorType = "mutability"
	InvalidSyntax ErrorType = "invalidSyntax"
	InvalidPath   ErrorType = "invalidPath"
	NoTarget      ErrorType = "noTarget"
	InvalidValue  ErrorType = "invalidValue"
	InvalidVers   ErrorType = "invalidVers"
	Sensitive     ErrorType = "sensitive"
	InvalidCursor ErrorType = "invalidCursor"
	ExpiredCursor ErrorType = "expiredCursor"
	InvalidCount  ErrorType = "invalidCount"
)

// Error is an answer that refuses a request. Detail is written for the administrator of an identity provider: it
// names what was wrong and what to change, and carries no text of another system. Err is the cause, for the log only.
type Error struct {
	Status int
	Type   ErrorType
	Detail string
	// Rule is what the request broke, where more is known than Type tells.
	Rule Rule
	// Attribute is what the refusal is about, as a path of canonical names: "userName", "emails.value", or
	// "urn:…:User:manager"; "" where it is about none, or the code does not know.
	Attribute string
	// RetryAfter is how long the client is to wait, of a 503 and a 429; 0: who answers decides.
	RetryAfter time.Duration
	Err        error
}

// Error describes the refusal for the log.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s: %s", e.Status, e.Type, e.Detail)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// About says what attribute the refusal is about, by its canonical path, and returns e.
func (e *Error) About(attribute string) *Error {
	e.Attribute = attribute
	return e
}

// Breaks says which rule the request broke, and returns e.
func (e *Error) Breaks(rule Rule) *Error {
	e.Rule = rule
	return e
}

// BadRequest refuses a request with 400 and the rule it broke.
func BadRequest(kind ErrorType, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: kind, Detail: fmt.Sprintf(format, args...)}
}

// NotFound answers 404 for a resource or an endpoint that is not there. It has no type: noTarget is for PATCH paths.
func NotFound(format string, args ...any) *Error {
	return &Error{Status: http.StatusNotFound, Detail: fmt.Sprintf(format, args...)}
}

// Conflict answers 409 uniqueness: another resource holds the value (RFC 7644 sections 3.3 and 3.12).
func Conflict(format string, args ...any) *Error {
	return &Error{Status: http.StatusConflict, Type: Uniqueness, Detail: fmt.Sprintf(format, args...)}
}

// AsError returns the error that a client may read: err itself where it is an *Error, else a 500 that hides it.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{
		Status: http.StatusInternalServerError,
		Detail: "The server failed on this request. Send it again later.",
		Err:    err,
	}
}
