package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sampleReport() report {
	return report{
		Environment: environment{Go: "go1.26", Postgres: "15.1", System: "linux/amd64", CPUs: 2, Pool: 16},
		options:     options{clients: 8, users: 10_000, hugeUsers: 200_000, rounds: 3, duration: time.Second},
		results:     []result{sample()},
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	sampleReport().writeTable(&out)
	want := `
Spoke beside a bare server (net/http and one plain statement), both on Postgres 15.1 with fsync
go1.26, linux/amd64, 2 CPUs shared by load, servers and database; 8 clients, 10000 users (in the huge directory 200000); 3 rounds of 1s

SCENARIO  SERVER  OPS/S  P50      P99       CPU SERVER  CPU DATABASE  RATIO OF RATES
get       spoke   60     6.00 ms  40.00 ms  0.00 ms     0.00 ms       0.60
          bare    100    4.00 ms  4.00 ms   0.50 ms     1.50 ms       

get  0.60 of the bare server's rate (target: at least 0.50): met
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestMissed(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	if got := r.missed(); got != 0 {
		t.Errorf("missed = %d, want 0", got)
	}
	r.results[0].scenario.targets = sameForAnySize // 60 of 100 is more than 1.5 times as slow
	if got := r.missed(); got != 1 {
		t.Errorf("missed = %d, want 1", got)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.json")
	if err := sampleReport().writeJSON(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got document
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	one := got.Scenarios[0]
	if one.Name != "get" || math.Abs(one.Ratio-0.6) > 1e-9 || !one.Targets[0].Met {
		t.Errorf("scenario = %+v", one)
	}
	want := documentSide{Name: "spoke", Rate: 60, RoundRates: []float64{60, 10, 60}, P50: 6, P99: 40}
	if diff := cmp.Diff(want, one.Sides[0]); diff != "" {
		t.Errorf("side (-want +got):\n%s", diff)
	}
}
