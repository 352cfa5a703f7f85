package onboarding

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy/operator"
)

// problem is an error that a caller may read: it becomes a problem document (RFC 9457).
type problem struct {
	kind   kind
	detail string // what is wrong and what to do, in sentences
	fields []api.FieldError
	role   operator.Role // that would be needed
	err    error         // the cause, for the log
}

// Error names the kind and the cause.
func (p *problem) Error() string {
	if p.err != nil {
		return fmt.Sprintf("%s: %v", p.kind, p.err)
	}
	return fmt.Sprintf("%s: %s", p.kind, p.detail)
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.err }

func newProblem(k kind, format string, arguments ...any) *problem {
	return &problem{kind: k, detail: fmt.Sprintf(format, arguments...)}
}

// because returns the problem with its cause.
func (p *problem) because(err error) *problem {
	p.err = err
	return p
}

// wrongField is a problem with one field, of which reason completes a sentence.
func wrongField(field, reason string) *problem {
	return wrongFields([]api.FieldError{{Field: field, Detail: reason}})
}

func wrongFields(fields []api.FieldError) *problem {
	p := newProblem(invalidRequest, "Correct what errors names, and send the request again.")
	if len(fields) == 1 {
		p.detail = fmt.Sprintf("%s %s.", fields[0].Field, fields[0].Detail)
	}
	p.fields = fields
	return p
}

// malformed is a request that the generated code could not read, although the document allows it.
func malformed(err error, body []byte) *problem {
	var (
		kind *json.UnmarshalTypeError
		at   *time.ParseError
	)
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return wrongField(kind.Field, "has the wrong form").because(err)
	case errors.As(err, &at):
		if field := fieldWith(body, at.Value); field != "" {
			return wrongField(field, "must be a time of RFC 3339, such as 2030-01-31T12:00:00Z").because(err)
		}
	}
	return newProblem(invalidRequest, "The request cannot be read: compare it with the document at /openapi.json.").because(err)
}

var (
	errNothingHere = newProblem(notFound, "There is nothing here. The operations are listed at /.")
	errMethod      = newProblem(methodNotAllowed, "The header Allow lists the methods that there are for this path.")
)

// body returns the problem document of a request.
func (p *problem) body(requestID string) []byte {
	d := p.kind.definition()
	document := api.Problem{
		Type: problemPath + string(p.kind), Title: d.title, Status: d.status, Detail: p.detail, Instance: "urn:uuid:" + requestID,
	}
	if len(p.fields) > 0 {
		document.Errors = &p.fields
	}
	if p.role != "" {
		role := api.Role(p.role)
		document.RequiredRole = &role
	}
	body, err := json.Marshal(document)
	if err != nil { // it is made of texts and numbers
		return []byte(`{"title":"` + http.StatusText(d.status) + `"}`)
	}
	return append(body, '\n')
}
