package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/observability/metrics"
	"github.com/askspoke/spoke/observability/tracing"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostname"
)

// MetricsPath is where a tenant's own monitoring reads the tenant's figures, on every tenant's host; the slug comes after it.
const MetricsPath = "/metrics/tenants/"

// metricsRoute is the pattern of MetricsPath.
const metricsRoute = MetricsPath + "{slug}"

// routeMetrics has the steps of SCIM but for its answer. A scraper's requests are not the provider's: nobody counts them for
// the tenant's health, and the journal has none.
func (g *Gateway) routeMetrics(engine *gin.Engine) {
	if g.config.Status == nil {
		return
	}
	engine.Any(MetricsPath+":slug", g.answerMetrics, g.resolve, g.authenticate, g.admit, g.limit, g.tenantMetrics)
}

// answerMetrics runs the steps after it and writes what they came to: the figures, or a problem (RFC 9457).
func (g *Gateway) answerMetrics(c *gin.Context) {
	x := &exchange{id: uuid.NewString(), start: time.Now()}
	c.Set(exchangeKey, x)
	c.Header("X-Request-Id", x.id)
	c.Header("Cache-Control", "no-store")
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		runSteps(c, x)
	} else {
		c.Header("Allow", "GET, HEAD")
		fail(c, &scim.Error{Status: http.StatusMethodNotAllowed, Detail: "Metrics are read with GET alone."})
	}
	status, refusal := http.StatusOK, (*scim.Error)(nil)
	if x.err == nil {
		x.figures.Handler().ServeHTTP(c.Writer, c.Request)
	} else {
		refusal = translate(x.err)
		status = refusal.Status
		g.setErrorHeaders(c, refusal)
		writeProblem(c, refusal)
	}
	g.logMetrics(c, x, status, refusal)
	tracing.Annotate(ctx, tracing.Request{Method: c.Request.Method, Route: metricsRoute, Status: status, Tenant: x.tenant.Slug, ID: x.id})
}

// tenantMetrics reads the figures of the host's tenant, which is the only one that there is here.
func (g *Gateway) tenantMetrics(c *gin.Context) {
	x := exchangeOf(c)
	switch {
	case c.Request.URL.EscapedPath() != MetricsPath+string(x.tenant.Slug):
		fail(c, scim.NotFound("There is nothing here. The metrics of this host's tenant are at %s%s.", MetricsPath, x.tenant.Slug))
		return
	case !x.client.Scopes.Has(tenancy.ReadMetrics):
		fail(c, &scim.Error{
			Status: http.StatusForbidden, Rule: scim.RuleAuthScope,
			Detail: "The token may not read metrics: it does not have the scope " + tenancy.ReadMetrics.String() + ". Make one that has it, for the monitoring alone.",
		})
		return
	}
	leave, err := g.shares.enter(c.Request.Context(), x.tenant.ID)
	if err != nil {
		fail(c, err)
		return
	}
	defer leave()
	record, err := g.config.Status.Get(c.Request.Context(), x.tenant.ID)
	if err != nil {
		fail(c, err)
		return
	}
	known := metrics.TenantHealthOf(x.tenant.Slug, record.Verdict, record.Facts)
	known.Users, known.ActiveUsers, known.Groups, known.Counted = record.Users, record.ActiveUsers, record.Groups, !record.CountedAt.IsZero()
	x.figures = metrics.Tenant{Health: known, Facts: record.Facts}
}

func writeProblem(c *gin.Context, e *scim.Error) {
	body, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"about:blank", http.StatusText(e.Status), e.Status, e.Detail})
	if err != nil { // it is texts and a number
		body = []byte("{}")
	}
	c.Header("Content-Type", "application/problem+json")
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Status(e.Status)
	_, _ = c.Writer.Write(body) // a scraper that has gone reads nothing
}

// logMetrics writes the one event of a request.
func (g *Gateway) logMetrics(c *gin.Context, x *exchange, status int, refusal *scim.Error) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("request_id", x.id), slog.String("tenant", string(x.tenant.Slug)), slog.String("token_id", x.client.TokenID),
		slog.Int("status", status), slog.Duration("duration", time.Since(x.start)),
		slog.String("client_address", hostname.ClientAddr(c.Request, g.config.TrustedProxies).String()),
	}
	if trace := tracing.ID(c.Request.Context()); trace != "" {
		attributes = append(attributes, slog.String("trace_id", trace))
	}
	if refusal != nil && refusal.Err != nil && status >= http.StatusInternalServerError {
		level = slog.LevelError
		attributes = append(attributes, slog.String("error", refusal.Err.Error()))
	}
	g.log.LogAttrs(c.Request.Context(), level, "metrics request", attributes...)
}
