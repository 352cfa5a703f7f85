package prometheus_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/askspoke/spoke/infra/prometheus"
	"github.com/askspoke/spoke/infra/promserver"
)

// withTime bounds a tool, whose installation takes long.
func withTime(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no file is %s: %v", pattern, err)
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCommittedRulesAreWhatIsWritten(t *testing.T) {
	t.Parallel()
	var want []string
	for _, f := range prometheus.Files(prometheus.Real) {
		text, err := f.Text()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("rules", f.Name+".yml")
		want = append(want, file)
		if diff := cmp.Diff(string(text), read(t, file)); diff != "" {
			t.Errorf("%s is not what the values say: run ./task dashboards (-want +got):\n%s", file, diff)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, files(t, "rules/*.yml")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// Prometheus's own tool takes the rules at each pace, and the configuration.
func TestPromtoolAccepts(t *testing.T) {
	t.Parallel()
	for _, pace := range []prometheus.Pace{1, 7.5, 120, 100_000} {
		dir := t.TempDir()
		if err := prometheus.Write(dir, pace); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"check", "rules"}, files(t, filepath.Join(dir, "*.yml"))...)
		if err := promserver.Run(withTime(t), promserver.Promtool, args...); err != nil {
			t.Errorf("at pace %v: %v", pace, err)
		}
	}
	if err := promserver.Run(withTime(t), promserver.Promtool, "check", "config", "prometheus.yml"); err != nil {
		t.Error(err)
	}
}

// The units under tests say when each alert fires and when it does not.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "tests/*.yml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			if err := promserver.Run(withTime(t), promserver.Promtool, "test", "rules", file); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryAlertIsTestedBothWays(t *testing.T) {
	t.Parallel()
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, file := range files(t, "tests/*.yml") {
		var units struct {
			Tests []struct {
				Alerts []struct {
					Name   string `yaml:"alertname"`
					Expect []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &units); err != nil {
			t.Fatal(err)
		}
		for _, unit := range units.Tests {
			for _, a := range unit.Alerts {
				if len(a.Expect) > 0 {
					fires[a.Name] = true
				} else {
					silent[a.Name] = true
				}
			}
		}
	}
	known := make(map[string]bool)
	for _, a := range prometheus.Alerts(prometheus.Real) {
		known[a.Alert] = true
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s: tested to fire: %t, and not to: %t", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
	for name := range fires {
		if !known[name] {
			t.Errorf("%s is tested, and no rule", name)
		}
	}
}

// An alert says how bad it is, what it is about and where it is written what to do; and every page of the runbook is an
// alert's.
func TestAlertsLeadToTheRunbook(t *testing.T) {
	t.Parallel()
	headings := regexp.MustCompile(`(?m)^## (\S+)$`).FindAllStringSubmatch(read(t, "RUNBOOK.md"), -1)
	var sections, alerts []string
	for _, h := range headings {
		sections = append(sections, h[1])
	}
	for _, a := range prometheus.Alerts(prometheus.Real) {
		alerts = append(alerts, a.Alert)
		severity := prometheus.Severity(a.Labels["severity"])
		if severity != prometheus.Critical && severity != prometheus.Warning {
			t.Errorf("%s: severity %q", a.Alert, severity)
		}
		for _, name := range []string{"summary", "description"} {
			if a.Annotations[name] == "" {
				t.Errorf("%s has no %s", a.Alert, name)
			}
		}
		if got, want := a.Annotations["runbook_url"], prometheus.Runbook(a.Alert); got != want {
			t.Errorf("%s: runbook_url %q, want %q", a.Alert, got, want)
		}
		if aboutTenant := strings.Contains(a.Expr, "by (tenant)"); aboutTenant != strings.Contains(a.Annotations["summary"], "$labels.tenant") {
			t.Errorf("%s: the summary names the tenant: %t, the expression has one: %t", a.Alert, !aboutTenant, aboutTenant)
		}
	}
	slices.Sort(sections)
	slices.Sort(alerts)
	if diff := cmp.Diff(alerts, sections); diff != "" {
		t.Errorf("RUNBOOK.md (-alerts +sections):\n%s", diff)
	}
}

func TestRulesNameKnownMetrics(t *testing.T) {
	t.Parallel()
	for _, f := range prometheus.Files(prometheus.Real) {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if unknown := prometheus.Unknown(r.Expr); len(unknown) > 0 || len(prometheus.Named(r.Expr)) == 0 {
					t.Errorf("%s%s names %v, of which %v are on no list", r.Record, r.Alert, prometheus.Named(r.Expr), unknown)
				}
			}
		}
	}
	if got := prometheus.Unknown(`rate(spoke_nonsense_total{x="spoke_y"}[5m]) / up`); !slices.Equal(got, []string{"spoke_nonsense_total"}) {
		t.Errorf("unknown: %v", got)
	}
}

// Another pace changes times alone: names, labels and texts are the same, so that dashboards and routes work with it.
func TestPaceChangesTimesAlone(t *testing.T) {
	t.Parallel()
	withoutTimes := func(pace prometheus.Pace) []prometheus.File {
		files := prometheus.Files(pace)
		for _, f := range files {
			for i := range f.Groups {
				f.Groups[i].Interval = 0
				for j := range f.Groups[i].Rules {
					f.Groups[i].Rules[j].Expr, f.Groups[i].Rules[j].For = "", 0
				}
			}
		}
		return files
	}
	if diff := cmp.Diff(withoutTimes(prometheus.Real), withoutTimes(120)); diff != "" {
		t.Errorf("at pace 120 (-real +faster):\n%s", diff)
	}
	var fast string
	for _, f := range prometheus.Files(120) {
		text, err := f.Text()
		if err != nil {
			t.Fatal(err)
		}
		fast += string(text)
	}
	for _, want := range []string{
		"[5s]",  // five minutes, but never less than some scrapes
		"[36m]", // three days
		"[6h]",  // thirty days
		"- time()) < 10080", "interval: 1s",
	} {
		if !strings.Contains(fast, want) {
			t.Errorf("at pace 120 nothing is %q", want)
		}
	}
}
