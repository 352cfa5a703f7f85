package metrics

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestSchemasBehind(t *testing.T) {
	t.Parallel()
	r, clock := ranked(1)
	reads, behind, away := 0, 3, error(nil)
	err := r.SchemaBehind(func(context.Context) (int, error) { reads++; return behind, away }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		behind, reads int
		away          error
		want          string
	}{
		{3, 1, nil, "\nspoke_schema_behind_tenants 3\n"},
		{0, 2, nil, "\nspoke_schema_behind_tenants 0\n"},
		{0, 3, errors.New("away"), ""},
		{1, 4, nil, "\nspoke_schema_behind_tenants 1\n"},
	} {
		behind, away = step.behind, step.away
		for range 3 { // several scrapers cost one read
			got := scrape(t, r)
			if !strings.Contains(got, step.want) || step.want == "" && strings.Contains(got, "\nspoke_schema_behind_tenants") {
				t.Errorf("no %q after %d reads", step.want, reads)
			}
		}
		if reads != step.reads {
			t.Errorf("read %d times, want %d", reads, step.reads)
		}
		clock.Pass(behindEvery)
	}
}
