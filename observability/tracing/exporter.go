package tracing

import (
	"context"
	"log/slog"
	"sync"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// sayAgain is how often at most the log says that spans are lost.
const sayAgain = time.Minute

// exporter sends spans, and logs what goes wrong instead of telling OpenTelemetry's global handler of errors.
type exporter struct {
	sdk.SpanExporter
	log *slog.Logger

	mu   sync.Mutex
	lost int // since it was last said
	said time.Time
}

// ExportSpans sends spans. They are lost when that fails.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost += len(spans)
	if now := time.Now(); now.Sub(e.said) >= sayAgain {
		e.log.WarnContext(ctx, "spans were lost: the collector does not take them", slog.Int("spans", e.lost), slog.Any("error", err))
		e.lost, e.said = 0, now
	}
	return nil
}
