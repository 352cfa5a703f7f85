package onboarding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// maxBody is how many bytes a request's body may have.
const maxBody = 1 << 20

// identify finds the operation of the document.
func (s *Server) identify(c *gin.Context) {
	x := exchangeOf(c)
	if x.operation = s.document.operations[c.Request.Method+" "+c.FullPath()]; x.operation == nil {
		fail(c, errNothingHere)
	}
}

// authenticate finds the caller by an API key or a JWT (RFC 6750 section 2.1). Every way in which a credential is wrong has
// the same answer.
func (s *Server) authenticate(c *gin.Context) {
	x := exchangeOf(c)
	header := c.GetHeader("Authorization")
	scheme, credential, _ := strings.Cut(strings.TrimSpace(header), " ")
	if credential = strings.TrimSpace(credential); !strings.EqualFold(scheme, "Bearer") {
		credential = ""
	}
	err := s.countFailures(c, credential, func() (err error) {
		if credential == "" {
			return errNoCredential
		}
		x.caller, err = s.verify(c.Request.Context(), credential, x.address)
		return err
	})
	if err != nil {
		x.caller = operator.Identity{Actor: operator.Anonymous}
	}
	switch {
	case errors.Is(err, operator.ErrRejected):
		fail(c, newProblem(unauthenticated, "The credential is not valid. Use an API key that is neither revoked nor expired, or a JWT that Spoke was set up for.").because(err))
	case err != nil:
		fail(c, err)
	}
}

var errNoCredential = newProblem(unauthenticated, "Send an API key, or a JWT of your OpenID provider, as Authorization: Bearer.")

// verify returns whose credential it is.
func (s *Server) verify(ctx context.Context, credential string, from netip.Addr) (operator.Identity, error) {
	switch {
	case strings.HasPrefix(credential, string(token.ForOperator)):
		return s.Operators.VerifyKey(ctx, credential, from)
	case s.OIDC != nil && strings.Count(credential, ".") == 2:
		return s.OIDC.Verify(ctx, credential)
	}
	return operator.Identity{}, operator.ErrMalformed
}

// authorize asks for the role that the document names.
func (s *Server) authorize(c *gin.Context) {
	x := exchangeOf(c)
	if needed := x.operation.role; !x.caller.Role.Includes(needed) {
		p := newProblem(forbidden, "The operation %s needs the role %s, and the caller has %s.", x.operation.id, needed, x.caller.Role)
		p.role = needed
		fail(c, p)
	}
}

// readBody reads the body, and refuses one of another media type or of none.
func (s *Server) readBody(c *gin.Context) error {
	x := exchangeOf(c)
	media, parameters, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	charset := parameters["charset"]
	right := err == nil && media == x.operation.media && (charset == "" || strings.EqualFold(charset, "utf-8"))
	if x.operation.media != "" && x.operation.streams() { // it is read as it is used
		if !right {
			return newProblem(unsupportedMediaType, "Send the body as %s.", x.operation.media)
		}
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		return newProblem(invalidRequest, "The body did not arrive whole.").because(err)
	}
	x.body = body
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case x.operation.media == "" && len(body) > 0:
		return newProblem(invalidRequest, "The operation %s takes no body.", x.operation.id)
	case x.operation.media == "":
		return nil
	case len(body) == 0:
		return newProblem(invalidRequest, "The operation %s needs a body, as %s.", x.operation.id, x.operation.media)
	}
	if !right {
		return newProblem(unsupportedMediaType, "Send the body as %s.", x.operation.media)
	}
	if !json.Valid(body) { // the checks after it read the first document of several
		return wrongField("body", "is no valid JSON")
	}
	return nil
}
