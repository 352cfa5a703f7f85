package onboarding

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/services/onboarding/api"
)

// validate refuses what the document does not allow, all of it at once, and names each field.
func (s *Server) validate(c *gin.Context) {
	if err := s.readBody(c); err != nil {
		fail(c, err)
		return
	}
	x := exchangeOf(c)
	fields, err := unknownParameters(c.Request.URL.RawQuery, x.operation)
	if err != nil {
		fail(c, newProblem(invalidRequest, "The query cannot be read.").because(err))
		return
	}
	parameters := make(map[string]string, len(c.Params))
	for _, p := range c.Params {
		parameters[p.Key] = p.Value
		if !readable(p.Value) {
			fail(c, errNothingHere)
			return
		}
	}
	if len(x.body) > 0 {
		fields = append(fields, checkTexts(x.body)...)
	}
	request := c.Request
	if x.operation.streams() { // for an operation with security the checks read the whole body, even where they are to leave it out
		bare := *request
		bare.Body = http.NoBody
		request = &bare
	}
	err = openapi3filter.ValidateRequest(c.Request.Context(), &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Route: x.operation.route,
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true, KeepValidatedValue: true, ExcludeRequestBody: x.operation.streams(),
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // the steps before have done it
		},
	})
	fields = append(fields, fieldErrors(err)...)
	switch {
	case len(fields) > 0:
		fail(c, wrongFields(fields).because(err))
	case err != nil:
		fail(c, malformed(err, x.body))
	}
}

// unknownParameters names what of a query the operation does not know.
func unknownParameters(query string, o *operation) ([]api.FieldError, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	var fields []api.FieldError
	for name, list := range values {
		switch {
		case o.route.Operation.Parameters.GetByInAndName("query", name) == nil:
			fields = append(fields, api.FieldError{Field: name, Detail: "is no parameter of the operation"})
		case len(list) > 1:
			fields = append(fields, api.FieldError{Field: name, Detail: "is there more than once"})
		case !readable(list[0]):
			fields = append(fields, api.FieldError{Field: name, Detail: "has a character that cannot be read"})
		}
	}
	return fields, nil
}

// maxFields is how many wrong fields an answer names.
const maxFields = 20

// fieldErrors names the fields that the checks found wrong.
func fieldErrors(err error) []api.FieldError {
	var fields []api.FieldError
	collect(err, "", &fields)
	if len(fields) > maxFields {
		fields = fields[:maxFields]
	}
	return fields
}

// collect walks through what the checks found. parameter is the name of the parameter that it is about, "" for the body.
func collect(err error, parameter string, into *[]api.FieldError) {
	var (
		several openapi3.MultiError
		request *openapi3filter.RequestError
		schema  *openapi3.SchemaError
		parse   *openapi3filter.ParseError
	)
	add := func(field, detail string) { *into = append(*into, api.FieldError{Field: field, Detail: detail}) }
	// From the outside: errors.As would look through what is several at the first one alone.
	switch e := err.(type) { //nolint:errorlint // each layer is looked at by itself
	case nil:
	case openapi3.MultiError:
		for _, one := range e {
			collect(one, parameter, into)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			parameter = e.Parameter.Name
		}
		switch {
		case e.Err == nil || errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
			add(orBody(parameter), "is missing")
		default:
			collect(e.Err, parameter, into)
		}
	case *openapi3.SchemaError:
		field, detail := schemaError(e)
		add(orBody(joinPath(parameter, field)), detail)
	case *openapi3filter.ParseError:
		add(orBody(joinPath(parameter, parsePath(e))), parseDetail(e, parameter))
	default:
		switch { // what is wrapped
		case errors.As(err, &several):
			collect(several, parameter, into)
		case errors.As(err, &request):
			collect(request, parameter, into)
		case errors.As(err, &schema):
			collect(schema, parameter, into)
		case errors.As(err, &parse):
			collect(parse, parameter, into)
		default:
			add(orBody(parameter), "cannot be read")
		}
	}
}

func orBody(field string) string {
	if field == "" {
		return "body"
	}
	return field
}

func joinPath(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "." + b
}

func parsePath(e *openapi3filter.ParseError) string {
	parts := make([]string, 0, len(e.Path()))
	for _, p := range e.Path() {
		parts = append(parts, fmt.Sprint(p))
	}
	return strings.Join(parts, ".")
}

func parseDetail(e *openapi3filter.ParseError, parameter string) string {
	if parameter != "" || e.Kind == openapi3filter.KindUnsupportedFormat {
		return "has the wrong form"
	}
	return "is no valid JSON"
}

// schemaError returns which field has an error, such as settings.guard.count, and what is wrong with it. It repeats nothing
// of the value, which can be a secret.
func schemaError(e *openapi3.SchemaError) (field, detail string) {
	path := e.JSONPointer()
	s := e.Schema
	switch e.SchemaField {
	case "required":
		detail = "is missing"
	case "properties", "additionalProperties":
		detail = "is not known"
		if name := quoted(e.Reason); name != "" && (len(path) == 0 || path[len(path)-1] != name) {
			path = append(path, name)
		}
	case "type":
		detail = "must be " + strings.Join(s.Type.Slice(), " or ")
	case "enum":
		allowed := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			allowed[i] = fmt.Sprint(v)
		}
		detail = "must be one of " + strings.Join(allowed, ", ")
	case "minLength":
		detail = fmt.Sprintf("must have %d characters at least", s.MinLength)
	case "maxLength":
		detail = fmt.Sprintf("must have %d characters at most", *s.MaxLength)
	case "minimum":
		detail = "must be at least " + number(s.Min)
	case "maximum":
		detail = "must be at most " + number(s.Max)
	case "minItems":
		detail = fmt.Sprintf("must have %d items at least", s.MinItems)
	case "maxItems":
		detail = fmt.Sprintf("must have %d items at most", *s.MaxItems)
	case "format":
		detail = "must have the form " + s.Format
	case "pattern":
		detail = "must match " + s.Pattern
	case "nullable":
		detail = "must not be null"
	default:
		detail = "does not match the document at /openapi.json"
	}
	return strings.Join(path, "."), detail
}

func number(f *float64) string { return strconv.FormatFloat(*f, 'f', -1, 64) }

// quoted returns what stands between the first quotes of a text.
func quoted(text string) string {
	_, rest, _ := strings.Cut(text, `"`)
	name, _, ok := strings.Cut(rest, `"`)
	if !ok {
		return ""
	}
	return name
}
