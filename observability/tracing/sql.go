package tracing

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// OpenDB is sql.OpenDB with a span for each statement that a traced request or job sends: its text, which has placeholders
// for the values, and the SQLSTATE of an error. What belongs to no trace, such as what is written behind the requests, has
// no span, nor has each row of a COPY.
func (t *Tracing) OpenDB(connector driver.Connector) *sql.DB {
	if t == nil {
		return sql.OpenDB(connector)
	}
	return otelsql.OpenDB(connector,
		otelsql.WithTracerProvider(t.provider),
		otelsql.WithMeterProvider(noop.NewMeterProvider()), // the pool's metrics are Prometheus's
		otelsql.WithAttributes(semconv.DBSystemNamePostgreSQL),
		otelsql.WithSpanNameFormatter(func(_ context.Context, method otelsql.Method, query string) string {
			return statementName(method, query)
		}),
		otelsql.WithSpanErrorAttributesGetter(errorAttributes),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true, OmitConnPrepare: true, OmitRows: true,
			RecordError: func(error) bool { return false }, // its text can have values
			SpanFilter: func(ctx context.Context, method otelsql.Method, query string, _ []driver.NamedValue) bool {
				return trace.SpanFromContext(ctx).IsRecording() && (method != otelsql.MethodStmtExec || !isCopy(query))
			},
		}),
	)
}

// isCopy says whether a statement is a COPY, of which each row is an execution.
func isCopy(query string) bool { return strings.HasPrefix(query, "COPY ") }

// statementName returns what a span of SQL is called: the statement's first word, or what is done to the connection.
func statementName(method otelsql.Method, query string) string {
	switch method {
	case otelsql.MethodConnectorConnect:
		return "connect"
	case otelsql.MethodConnBeginTx:
		return "BEGIN"
	case otelsql.MethodTxCommit:
		return "COMMIT"
	case otelsql.MethodTxRollback:
		return "ROLLBACK"
	}
	if words := strings.Fields(query[:min(len(query), 64)]); len(words) > 0 {
		return strings.ToUpper(words[0])
	}
	return string(method)
}

// errorAttributes tells what kind of error a statement ended with.
func errorAttributes(err error) []attribute.KeyValue {
	var state interface{ SQLState() string }
	switch {
	case errors.As(err, &state):
		return []attribute.KeyValue{semconv.DBResponseStatusCode(state.SQLState()), semconv.ErrorTypeKey.String(state.SQLState())}
	case errors.Is(err, context.Canceled):
		return []attribute.KeyValue{semconv.ErrorTypeKey.String("canceled")}
	case errors.Is(err, context.DeadlineExceeded):
		return []attribute.KeyValue{semconv.ErrorTypeKey.String("deadline_exceeded")}
	}
	return []attribute.KeyValue{semconv.ErrorTypeKey.String("connection")}
}
