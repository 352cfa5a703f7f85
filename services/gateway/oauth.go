package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// The endpoints of OAuth 2.0, on every tenant's host.
const (
	TokenPath    = "/oauth/token"
	JWKSPath     = "/oauth/jwks.json"
	MetadataPath = "/.well-known/oauth-authorization-server" // RFC 8414 section 3
)

// oauthExchange is one request at an OAuth endpoint. The endpoint fills in what comes after it.
type oauthExchange struct {
	id     string
	host   string
	tenant tenancy.Tenant
	client string // the client_id, once it is known to be right
	header http.Header
	answer any // becomes the JSON of the answer
	maxAge time.Duration
}

// oauthError is an *oauth.Error with the status that it has where that is not 400 or 401.
type oauthError struct {
	status int
	err    *oauth.Error
}

func (e *oauthError) Error() string { return e.err.Error() }
func (e *oauthError) Unwrap() error { return e.err }

func refuseOAuth(status int, code oauth.Code, description string) error {
	return &oauthError{status, &oauth.Error{Code: code, Description: description}}
}

func (g *Gateway) routeOAuth(engine *gin.Engine) {
	if g.clients == nil {
		return
	}
	engine.Any(TokenPath, g.oauth(TokenPath, http.MethodPost, g.token))
	engine.Any(JWKSPath, g.oauth(JWKSPath, http.MethodGet, g.jwks))
	engine.Any(MetadataPath, g.oauth(MetadataPath, http.MethodGet, g.metadata))
}

// place is where access tokens of a tenant count: at the host that they were issued at.
func (g *Gateway) place(t tenancy.Tenant, host string) oauth.Place {
	return oauth.Place{Tenant: t.ID, Issuer: g.config.origin(host), Audience: g.config.Base(host)}
}

// oauth answers an endpoint that takes one method: one answer, one log event, one count.
func (g *Gateway) oauth(route, method string, serve func(context.Context, *http.Request, *oauthExchange) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		x := &oauthExchange{id: uuid.NewString(), header: c.Writer.Header()}
		ctx, cancel := context.WithTimeout(c.Request.Context(), requestTimeout)
		defer cancel()
		err := g.serveOAuth(ctx, c, x, route, method, serve)
		c.Header("X-Request-Id", x.id)
		status, code := http.StatusOK, "none"
		if err != nil {
			var refusal *oauth.Error
			status, refusal = translateOAuth(err)
			code = string(refusal.Code)
			x.answer = struct {
				Code        oauth.Code `json:"error"`
				Description string     `json:"error_description"`
			}{refusal.Code, refusal.Description}
			x.maxAge = 0
			setOAuthHeaders(c, status, refusal.Code, method)
		}
		writeErr := writeOAuth(c, status, x)
		g.metrics.OAuthRequest(route, status, code)
		g.countIssue(x, code, time.Since(start))
		g.logOAuth(c, x, route, status, code, err, writeErr, time.Since(start))
		span := tracing.Request{Method: c.Request.Method, Route: route, Status: status, Tenant: x.tenant.Slug, ID: x.id}
		if err != nil {
			span.ErrorType = code
		}
		tracing.Annotate(c.Request.Context(), span)
	}
}

// serveOAuth turns a panic into an error, as runSteps does.
func (g *Gateway) serveOAuth(ctx context.Context, c *gin.Context, x *oauthExchange, route, method string, serve func(context.Context, *http.Request, *oauthExchange) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	if c.Request.URL.EscapedPath() != route { // so that a proxy's rule for the route is a rule for all that reaches it
		return refuseOAuth(http.StatusNotFound, oauth.InvalidRequest, "There is nothing here. The endpoint is "+route+", in these characters.")
	}
	x.host, err = hostname.FromRequest(c.Request, g.config.TrustedProxies)
	if err == nil {
		x.tenant, err = g.registry.Resolve(ctx, x.host)
	}
	switch {
	case errors.Is(err, tenancy.ErrNotFound) || errors.Is(err, tenancy.ErrHostNotFound) || errors.Is(err, hostname.ErrInvalid):
		return refuseOAuth(http.StatusNotFound, oauth.InvalidRequest, "No tenant is served at this host. Check the URL.")
	case err != nil:
		return fmt.Errorf("resolve host: %w", err)
	}
	if c.Request.Method != method && (method != http.MethodGet || c.Request.Method != http.MethodHead) {
		return refuseOAuth(http.StatusMethodNotAllowed, oauth.InvalidRequest, "This endpoint takes "+method+" alone.")
	}
	return serve(ctx, c.Request, x)
}

// translateOAuth returns what a client reads of an error, and with which status (RFC 6749 section 5.2).
func translateOAuth(err error) (int, *oauth.Error) {
	var special *oauthError
	var refusal *oauth.Error
	switch {
	case errors.As(err, &special):
		return special.status, special.err
	case errors.As(err, &refusal) && refusal.Code == oauth.InvalidClient:
		return http.StatusUnauthorized, refusal
	case errors.As(err, &refusal) && refusal.Code == oauth.TemporarilyUnavailable:
		return http.StatusServiceUnavailable, refusal
	case errors.As(err, &refusal):
		return http.StatusBadRequest, refusal
	case tenantdb.Unavailable(err) || errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, &oauth.Error{
			Code: oauth.TemporarilyUnavailable, Description: "The service cannot reach its database at the moment. Send the request again later.",
		}
	}
	return http.StatusInternalServerError, &oauth.Error{Code: "server_error", Description: "The service failed. Send the request again later."}
}

func setOAuthHeaders(c *gin.Context, status int, code oauth.Code, method string) {
	switch status {
	case http.StatusUnauthorized:
		if code == oauth.InvalidClient {
			c.Header("WWW-Authenticate", `Basic realm="oauth", charset="UTF-8"`)
		}
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	case http.StatusMethodNotAllowed:
		allow := method
		if method == http.MethodGet {
			allow += ", " + http.MethodHead
		}
		c.Header("Allow", allow)
	case http.StatusRequestEntityTooLarge:
		c.Header("Connection", "close")
	}
}

// writeOAuth writes JSON that nobody keeps (RFC 6749 section 5.1), but for documents that say how long they may be kept.
func writeOAuth(c *gin.Context, status int, x *oauthExchange) error {
	body, err := json.Marshal(x.answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if x.maxAge > 0 {
		c.Header("Cache-Control", "public, max-age="+strconv.Itoa(int(x.maxAge/time.Second)))
	} else {
		c.Header("Cache-Control", "no-store")
		c.Header("Pragma", "no-cache")
	}
	c.Header("Content-Type", "application/json")
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	_, err = c.Writer.Write(body)
	return err
}

// logOAuth writes the one event of a request. Nothing of its body is in it but the id of a client that is right.
func (g *Gateway) logOAuth(c *gin.Context, x *oauthExchange, route string, status int, code string, err, writeErr error, elapsed time.Duration) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("request_id", x.id),
		slog.String("tenant", string(x.tenant.Slug)),
		slog.String("client_id", x.client),
		slog.String("route", route),
		slog.Int("status", status),
		slog.String("oauth_error", code),
		slog.Duration("duration", elapsed),
		slog.String("client_address", hostname.ClientAddr(c.Request, g.config.TrustedProxies).String()),
	}
	if trace := tracing.ID(c.Request.Context()); trace != "" {
		attributes = append(attributes, slog.String("trace_id", trace))
	}
	if cause := errors.Unwrap(err); err != nil && (status >= http.StatusInternalServerError || cause != nil) {
		var refusal *oauth.Error // without a cause it is what the service has decided, such as that the tenant is paused
		if status >= http.StatusInternalServerError && (!errors.As(err, &refusal) || refusal.Err != nil) {
			level = slog.LevelError
		}
		attributes = append(attributes, slog.String("error", err.Error()))
	}
	if writeErr != nil {
		attributes = append(attributes, slog.String("write_error", writeErr.Error()))
	}
	g.log.LogAttrs(c.Request.Context(), level, "oauth request", attributes...)
}

// documentAge is for how long the documents about the endpoints may be kept: a signing key is published a day before it
// signs.
const documentAge = time.Hour

func (g *Gateway) jwks(ctx context.Context, _ *http.Request, x *oauthExchange) error {
	set, err := g.clients.JWKS(ctx)
	x.answer, x.maxAge = json.RawMessage(set), documentAge
	return err
}

// metadata describes the endpoints (RFC 8414 section 2).
func (g *Gateway) metadata(_ context.Context, _ *http.Request, x *oauthExchange) error {
	origin := g.config.origin(x.host)
	x.maxAge = documentAge
	x.answer = struct {
		Issuer     string   `json:"issuer"`
		Token      string   `json:"token_endpoint"`
		JWKS       string   `json:"jwks_uri"`
		Scopes     []string `json:"scopes_supported"`
		Responses  []string `json:"response_types_supported"`
		Grants     []string `json:"grant_types_supported"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
		Algorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	}{
		origin, origin + TokenPath, origin + JWKSPath, tenancy.ScopeNames(),
		[]string{},
		[]string{clientCredentials},
		[]string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		oauth.Algorithms(),
	}
	return nil
}

// printable says whether a text has nothing but what a parameter of OAuth may have (RFC 6749 appendix A: VSCHAR).
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r > 0x7e })
}
