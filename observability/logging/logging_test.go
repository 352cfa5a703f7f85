package logging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("hidden") }

func TestJSONLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, err := New(&out, JSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	logger.Debug("below the level")
	logger.Info("request answered", "status", 201, "token", secret("s3cr3t"))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("not one JSON line: %q: %v", out.String(), err)
	}
	if line["msg"] != "request answered" || line["status"] != 201.0 || line["token"] != "hidden" {
		t.Errorf("got %v", line)
	}
}

func TestTextLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, err := New(&out, Text, "WARN")
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("below the level")
	logger.Warn("slow request")
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="slow request"`) {
		t.Errorf("got %q", got)
	}
}

func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		format Format
		level  string
		names  string
	}{{"xml", "info", "xml"}, {JSON, "loud", "loud"}, {"", "", `""`}} {
		_, err := New(&bytes.Buffer{}, tc.format, tc.level)
		if err == nil || !strings.Contains(err.Error(), tc.names) {
			t.Errorf("%q, %q: err = %v, want it to name %s", tc.format, tc.level, err, tc.names)
		}
	}
}
