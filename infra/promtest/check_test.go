//go:build unix

// Package promtest_test checks Spoke's dashboards and rules against the real thing: a spoke serve under load, scraped by a
// Prometheus that evaluates the rules.
//
// Invariants: a panel's query or a recorded series that returns nothing fails the check, and so does a rule that Prometheus
// cannot evaluate, and a metric whose labels are not those that infra/prometheus lists. What may be empty is listed with the
// reason. Nothing is left running.
package promtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/askspoke/spoke/infra/grafana"
	"github.com/askspoke/spoke/infra/prometheus"
	"github.com/askspoke/spoke/infra/promserver"
)

// pace is how many times faster time passes for Spoke's health and for the rules, so that cycles begin and end within the
// check: ten minutes without a request are two and a half seconds.
const pace = 240

// within is how long the check waits for everything to be there; it ends as soon as it is.
const within = 3 * time.Minute

// empty are the queries that return nothing here, and why that is right. A query that is not empty after all may be listed:
// what is said is that it need not be there.
var empty = map[string]string{
	`ALERTS{alertname=~"Spoke.+"}`: "there is a series for an alert that fires alone",
}

// absent are the metrics that Spoke does not export here, and why that is right.
var absent = map[string]string{}

// sometimes are the labels that may be empty, which for Prometheus is to be absent, and why.
var sometimes = map[string]string{
	"revision": "Go says it of what it builds in a repository alone",
}

func TestEveryQueryReturnsSomething(t *testing.T) {
	t.Parallel()
	s := startSpoke(t)
	s.load(t)
	rules := t.TempDir()
	if err := prometheus.Write(rules, pace); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // an installation takes long
	defer cancel()
	server, err := promserver.Start(ctx, promserver.Options{Targets: []string{s.metrics}, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := &check{api: open(t, server.URL()), left: make(map[string]probe)}
	c.askPanels(t)
	c.askRules()
	c.askMetrics()
	c.run(t)
}

func open(t *testing.T, url string) v1.API {
	t.Helper()
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		t.Fatal(err)
	}
	return v1.NewAPI(client)
}

// A probe asks one thing and says what is wrong with the answer, "" for nothing.
type probe func(ctx context.Context, prom v1.API) string

// A check has what is still to be found, by what it is.
type check struct {
	api  v1.API
	left map[string]probe
}

// run asks until everything was found, or time is over.
func (c *check) run(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	total, start := len(c.left), time.Now()
	for {
		wrong := make(map[string]string)
		for what, ask := range c.left {
			if fault := ask(ctx, c.api); fault != "" {
				wrong[what] = fault
			} else {
				delete(c.left, what)
			}
		}
		if len(wrong) == 0 {
			t.Logf("%d queries, rules and metrics are there after %v", total, time.Since(start).Round(time.Second))
			return
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // once more, to say what is wrong rather than that time is over
		defer cancel()
		for _, what := range slices.Sorted(maps.Keys(c.left)) {
			if fault := c.left[what](ctx, c.api); fault != "" {
				t.Errorf("%s: %s", what, fault)
			}
		}
		return
	}
}

// found returns a probe of whether an expression returns a number.
func found(expr string) probe {
	return func(ctx context.Context, prom v1.API) string {
		value, _, _, err := prom.Query(ctx, expr, time.Now())
		if err != nil {
			return fmt.Sprintf("%s: %v", expr, err)
		}
		vector, ok := value.(model.Vector)
		if !ok {
			return fmt.Sprintf("%s is no vector", expr)
		}
		if !slices.ContainsFunc(vector, func(s *model.Sample) bool { return s.Histogram != nil || s.Value == s.Value }) { // not NaN
			return fmt.Sprintf("%s returns nothing", expr)
		}
		return ""
	}
}

// forSomeTenant returns a probe of whether a panel's query returns something for a tenant that the reader can choose.
func forSomeTenant(expr string) probe {
	var asked []probe
	for _, tenant := range []string{loaded, limited} {
		asked = append(asked, found(strings.NewReplacer("$__rate_interval", "10s", "$__range", "2m", "$tenant", tenant).Replace(expr)))
	}
	return func(ctx context.Context, prom v1.API) (fault string) {
		for _, ask := range asked {
			if fault = ask(ctx, prom); fault == "" {
				break
			}
		}
		return fault
	}
}

// askPanels asks every query of every panel, as Grafana would send it.
func (c *check) askPanels(t *testing.T) {
	t.Helper()
	files, err := grafana.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var board struct {
			Panels []struct {
				Title   string
				Targets []struct{ RefID, Expr string }
			}
		}
		if err := json.Unmarshal(f.Text, &board); err != nil {
			t.Fatal(err)
		}
		for _, p := range board.Panels {
			for _, q := range p.Targets {
				if empty[q.Expr] == "" {
					c.left["dashboard "+f.Name+", panel "+p.Title+", query "+q.RefID] = forSomeTenant(q.Expr)
				}
			}
		}
	}
}

// askRules asks for every recorded series, and whether Prometheus could evaluate every rule.
func (c *check) askRules() {
	for _, f := range prometheus.Files(pace) {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Record != "" {
					c.left["series "+r.Record] = found(r.Record)
				}
				c.left["rule "+r.Record+r.Alert] = evaluated(g.Name, r.Record+r.Alert)
			}
		}
	}
}

// evaluated returns a probe of whether a rule was evaluated without an error.
func evaluated(group, rule string) probe {
	return func(ctx context.Context, prom v1.API) string {
		result, err := prom.Rules(ctx, nil)
		if err != nil {
			return err.Error()
		}
		for _, g := range result.Groups {
			if g.Name != group {
				continue
			}
			for _, r := range g.Rules {
				name, health, last := "", v1.RuleHealth(""), ""
				switch r := r.(type) {
				case v1.RecordingRule:
					name, health, last = r.Name, r.Health, r.LastError
				case v1.AlertingRule:
					name, health, last = r.Name, r.Health, r.LastError
				}
				if name == rule && (health != v1.RuleHealthGood || last != "") {
					return fmt.Sprintf("it is %s: %s", health, last)
				}
				if name == rule {
					return ""
				}
			}
		}
		return "Prometheus does not have it"
	}
}

// askMetrics asks whether the metrics are those of the list, with the labels that it says.
func (c *check) askMetrics() {
	for _, m := range prometheus.Metrics() {
		if absent[m.Name] == "" {
			c.left["metric "+m.Name] = listed(m)
		}
	}
}

func listed(m prometheus.Metric) probe {
	name := m.Name
	if m.Kind == prometheus.Histogram {
		name += "_bucket"
	}
	own := []model.LabelName{model.MetricNameLabel, model.JobLabel, model.InstanceLabel, model.BucketLabel}
	return func(ctx context.Context, prom v1.API) string {
		value, _, _, err := prom.Query(ctx, name, time.Now())
		if err != nil {
			return err.Error()
		}
		vector, ok := value.(model.Vector)
		if !ok || len(vector) == 0 {
			return "it is not there"
		}
		labels := make(map[string]bool)
		for _, s := range vector {
			for label := range s.Metric {
				if !slices.Contains(own, label) {
					labels[string(label)] = true
				}
			}
		}
		want := slices.DeleteFunc(slices.Sorted(slices.Values(m.Labels)), func(label string) bool {
			return !labels[label] && sometimes[label] != ""
		})
		if got := slices.Sorted(maps.Keys(labels)); !slices.Equal(got, want) {
			return fmt.Sprintf("its labels are %q, the list says %q", got, want)
		}
		return ""
	}
}
