package promserver

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"
)

// Options says what Start's server scrapes and evaluates.
type Options struct {
	// Log receives a line for each thing that the user should know. May be nil.
	Log io.Writer
	// Targets are scraped at /metrics as the job spoke: HOST:PORT each.
	Targets []string
	// Every is how often they are scraped, and rules evaluated where their group does not say; default a second.
	Every time.Duration
	// Rules is a directory of *.yml; empty for none.
	Rules string
	// Port is the port on 127.0.0.1; zero means any free one.
	Port int
}

// configuration returns prometheus.yml.
func (o Options) configuration() ([]byte, error) {
	every := o.Every
	if every == 0 {
		every = time.Second
	}
	interval := fmt.Sprintf("%dms", every.Milliseconds())
	config := map[string]any{
		"global": map[string]any{"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
		"scrape_configs": []any{map[string]any{
			"job_name": "spoke", "static_configs": []any{map[string]any{"targets": o.Targets}},
		}},
	}
	if o.Rules != "" {
		dir, err := filepath.Abs(o.Rules)
		if err != nil {
			return nil, fmt.Errorf("find the rules: %w", err)
		}
		config["rule_files"] = []string{filepath.Join(dir, "*.yml")}
	}
	text, err := yaml.Dump(config)
	if err != nil {
		return nil, fmt.Errorf("write prometheus.yml: %w", err)
	}
	return text, nil
}
