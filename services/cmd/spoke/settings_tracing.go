package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/askspoke/spoke/observability/tracing"
)

// tracing sets up traces, nil where nobody asks for them.
func (s settings) tracing(ctx context.Context, log *slog.Logger) (*tracing.Tracing, error) {
	if s.OTLPEndpoint == "" {
		return nil, nil
	}
	t, err := tracing.Setup(ctx, tracing.Config{Endpoint: s.OTLPEndpoint, Version: version, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("SPOKE_OTLP_ENDPOINT: %w", err)
	}
	return t, nil
}

// checkTracing refuses an endpoint that is none.
func (s settings) checkTracing() error {
	if s.OTLPEndpoint == "" {
		return nil
	}
	if _, err := tracing.ParseEndpoint(s.OTLPEndpoint); err != nil {
		return fmt.Errorf("SPOKE_OTLP_ENDPOINT: %w", err)
	}
	return nil
}
