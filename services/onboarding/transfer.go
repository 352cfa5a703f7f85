package onboarding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// streamTimeout is how long an export or an import may take.
const streamTimeout = time.Hour

// DefaultStall is how long the other side of an export or an import may stand still: it holds a slot and connections, and an
// export a snapshot, which keeps Postgres from cleaning up.
const DefaultStall = 45 * time.Second

// streams says whether the operation reads or writes more than is kept in memory.
func (o *operation) streams() bool {
	return o.id == "exportTenant" || o.id == "importTenant" || o.id == "exportJournal"
}

// bound gives a call the time that its operation may take: to the work, and where it streams, to the connection too, so
// that no caller who is slow holds anything for longer. One who stands still is bounded by pace.
func (s *Server) bound(c *gin.Context) {
	limit := timeout
	if exchangeOf(c).operation.streams() {
		limit = streamTimeout
		connection := http.NewResponseController(c.Writer)
		deadline := time.Now().Add(limit)
		if err := errors.Join(connection.SetReadDeadline(deadline), connection.SetWriteDeadline(deadline)); err != nil {
			fail(c, fmt.Errorf("bound the connection: %w", err))
			return
		}
		exchangeOf(c).connection = connection
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// pace moves the deadline of a connection with each step of a stream: to Config.Stall from now, and not beyond the call's own.
type pace struct {
	stall time.Duration
	end   time.Time // of the call
}

func (s *Server) pace(ctx context.Context) pace {
	end, _ := ctx.Deadline() // bound has set it
	return pace{s.config.Stall, end}
}

// next returns until when the next step has to be done.
func (p pace) next() time.Time {
	if next := time.Now().Add(p.stall); next.Before(p.end) {
		return next
	}
	return p.end
}

// export is the answer that writes a tenant as it is read.
type export struct {
	ctx    context.Context
	server *Server
	tenant tenancy.ID
}

// VisitExportTenantResponse writes the stream. What goes wrong before its first byte is a problem, and what goes wrong
// later breaks the connection off.
func (e export) VisitExportTenantResponse(w http.ResponseWriter) error {
	b := w.(*buffer)
	_, err := e.server.Transfer.Export(e.ctx, e.tenant, opening{b, http.NewResponseController(b), e.server.pace(e.ctx), "application/x-ndjson"}, transfer.Exporting{})
	return err
}

// opening begins to stream with the first byte.
type opening struct {
	*buffer
	connection *http.ResponseController
	pace       pace
	kind       string // its media type
}

// Write begins the answer, and writes through.
func (o opening) Write(p []byte) (int, error) {
	if !o.streaming {
		o.Header().Set("Content-Type", o.kind)
		o.Header().Set("Cache-Control", "no-store")
		o.streaming = true
		o.ResponseWriter.WriteHeader(http.StatusOK)
	}
	if err := o.connection.SetWriteDeadline(o.pace.next()); err != nil {
		return 0, fmt.Errorf("bound the connection: %w", err)
	}
	return o.ResponseWriter.Write(p)
}

// ExportTenant streams a tenant.
func (s *Server) ExportTenant(ctx context.Context, r api.ExportTenantRequestObject) (api.ExportTenantResponseObject, error) {
	t, err := s.find(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	return export{ctx, s, t.ID}, nil
}

// ImportTenant makes a tenant of a stream.
func (s *Server) ImportTenant(ctx context.Context, r api.ImportTenantRequestObject) (api.ImportTenantResponseObject, error) {
	t, err := s.Transfer.Import(ctx, source{r.Body, exchangeOf(ctx).connection, s.pace(ctx)}, transfer.Importing{
		Slug: tenancy.Slug(value(r.Params.Slug)), Name: value(r.Params.Name), Plan: r.Params.Plan, Request: exchangeOf(ctx).attempt.ID,
	})
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).tenant = t.ID
	answer := api.ImportTenant201JSONResponse{Body: s.tenant(t)}
	answer.Headers.Location, answer.Headers.ETag = "/v1/tenants/"+string(t.Slug), versionTag(t.Version)
	return answer, nil
}

// source is the body of an import. That it did not arrive whole is the caller's fault or the network's.
type source struct {
	io.Reader
	connection *http.ResponseController
	pace       pace
}

// Read reads on.
func (s source) Read(p []byte) (int, error) {
	if err := s.connection.SetReadDeadline(s.pace.next()); err != nil {
		return 0, fmt.Errorf("bound the connection: %w", err)
	}
	n, err := s.Reader.Read(p)
	switch {
	case err == io.EOF: //nolint:errorlint // io.Reader's own contract
		// What the server reads in the background, to notice a caller who hangs up, has the time of the whole call.
		_ = s.connection.SetReadDeadline(s.pace.end) // it was set a moment ago
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = newProblem(invalidRequest, "The body stood still for too long.").because(err)
	case err != nil:
		err = newProblem(invalidRequest, "The body did not arrive whole.").because(err)
	}
	return n, err
}
