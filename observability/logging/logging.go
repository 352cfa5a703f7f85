// Package logging makes the logger that every part of Spoke is given.
//
// It does not decide what is logged, and holds no logger of its own: one is made at the start of a program and passed
// on. A value that must never be written, such as a token, hides itself by implementing slog.LogValuer.
package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Format is the shape of a log line.
type Format string

// The formats: Text for a person at a terminal, JSON for a log store.
const (
	Text Format = "text"
	JSON Format = "json"
)

// New returns a logger that writes one line for each event of the level ("debug", "info", "warn" or "error", in any
// case, or with an offset such as "info+2") and above. An unknown format or level is an error.
func New(w io.Writer, format Format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("read the log level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case Text:
		return slog.New(slog.NewTextHandler(w, options)), nil
	case JSON:
		return slog.New(slog.NewJSONHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("read the log format %q: want text or json", format)
	}
}
