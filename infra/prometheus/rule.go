package prometheus

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"
)

// A File is one of rules/*.yml.
type File struct {
	Name   string `yaml:"-"` // without .yml
	Groups []Group
}

// A Group is evaluated together, its rules in order.
type Group struct {
	Name     string
	Interval Duration `yaml:",omitempty"`
	Rules    []Rule
}

// A Rule records a series or raises an alert: it has either Record or Alert.
type Rule struct {
	Record      string            `yaml:",omitempty"`
	Alert       string            `yaml:",omitempty"`
	Expr        string            `yaml:"expr"`
	For         Duration          `yaml:",omitempty"`
	Labels      map[string]string `yaml:",omitempty"`
	Annotations map[string]string `yaml:",omitempty"`
}

// A Duration is written as Prometheus writes it: 1h30m.
type Duration time.Duration

// MarshalYAML returns the duration in Prometheus's notation.
func (d Duration) MarshalYAML() (any, error) { return model.Duration(d).String(), nil }

// IsZero reports whether there is nothing to write.
func (d Duration) IsZero() bool { return d == 0 }

// Severity is the label by which Alertmanager routes.
type Severity string

// The severities: Critical asks for somebody now, Warning within the day.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
)

const written = "# Written by go run ./infra/prometheus/cmd/rules: change the Go values beside it, not this file.\n"

// Text returns the file's YAML.
func (f File) Text() ([]byte, error) {
	text, err := yaml.Dump(f, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("write rules %s: %w", f.Name, err)
	}
	return append([]byte(written), text...), nil
}

// Files returns all rules, for a Spoke whose time passes pace times faster than the clock: 1 in production.
func Files(pace Pace) []File {
	return []File{sloFile(pace), tenantFile(pace), serviceFile(pace)}
}

// Alerts returns the alerting rules of Files.
func Alerts(pace Pace) []Rule {
	var alerts []Rule
	for _, f := range Files(pace) {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Alert != "" {
					alerts = append(alerts, r)
				}
			}
		}
	}
	return alerts
}

// alert returns an alerting rule. What each means at length, and what to do, is in the runbook.
func alert(name string, severity Severity, hold Duration, expr, summary, description string) Rule {
	return Rule{
		Alert: name, Expr: expr, For: hold,
		Labels: map[string]string{"severity": string(severity)},
		Annotations: map[string]string{
			"summary": summary, "description": description, "runbook_url": Runbook(name),
		},
	}
}

// Runbook returns where it is written what an alert means and what to do, relative to the repository's root.
func Runbook(alert string) string { return "infra/prometheus/RUNBOOK.md#" + anchor(alert) }

// anchor returns how a heading of one word is linked to.
func anchor(heading string) string { return string(bytes.ToLower([]byte(heading))) }

// Write writes the rules' files into a directory, which it makes.
func Write(dir string, pace Pace) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	for _, f := range Files(pace) {
		text, err := f.Text()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name+".yml"), text, 0o644); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
	}
	return nil
}
