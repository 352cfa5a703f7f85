package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// document is the report as JSON.
type document struct {
	Environment environment       `json:"environment"`
	Options     documentOptions   `json:"options"`
	Scenarios   []documentResults `json:"scenarios"`
}

type documentOptions struct {
	Clients int     `json:"clients"`
	Users   int     `json:"users"`
	Group   int     `json:"group"`
	Large   int     `json:"large"`
	Huge    huge    `json:"huge"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"round_seconds"`
}

type huge struct {
	Users int `json:"users"`
	Group int `json:"group"`
}

type documentResults struct {
	Name    string         `json:"name"`
	What    string         `json:"what"`
	Clients int            `json:"clients"`
	Ratio   float64        `json:"ratio_of_rates,omitempty"` // the first side's in parts of the second one's
	Answer  int            `json:"answer_bytes"`             // of the first side
	Before  int64          `json:"memory_before_bytes"`      // of Spoke, resident
	Peak    int64          `json:"memory_peak_bytes"`
	Sides   []documentSide `json:"sides"`
	Targets []verdict      `json:"targets"`
}

type documentSide struct {
	Name       string    `json:"name"`
	Rate       float64   `json:"rate"`        // operations in a second, the median of rounds
	RoundRates []float64 `json:"round_rates"` // in the order in which they were driven
	P50        float64   `json:"p50_ms"`      // of a request
	P99        float64   `json:"p99_ms"`
	Server     float64   `json:"server_cpu_ms"` // for one operation
	Database   float64   `json:"database_cpu_ms"`
}

func (r report) document() document {
	o := r.options
	d := document{
		Environment: r.Environment,
		Options: documentOptions{
			Clients: o.clients, Users: o.users, Group: o.group, Large: o.large,
			Huge: huge{Users: o.hugeUsers, Group: o.hugeGroup}, Rounds: o.rounds, Seconds: o.duration.Seconds(),
		},
		Scenarios: []documentResults{},
	}
	for _, one := range r.results {
		s := documentResults{
			Name: one.scenario.name, What: one.scenario.what, Clients: one.clients, Ratio: one.rateRatio(),
			Answer: one.answer, Before: one.memory.before, Peak: one.memory.peak, Targets: one.verdicts(),
		}
		for side := range one.sides {
			s.Sides = append(s.Sides, one.documentSide(side))
		}
		d.Scenarios = append(d.Scenarios, s)
	}
	return d
}

func (r result) documentSide(side int) documentSide {
	d := documentSide{
		Name: r.sides[side].name, Rate: r.rate(side),
		P50: inMilliseconds(r.latency(side, 50)), P99: inMilliseconds(r.latency(side, 99)),
	}
	cpu := r.cpu(side)
	d.Server, d.Database = inMilliseconds(cpu.server), inMilliseconds(cpu.database)
	for _, one := range r.rounds[side] {
		d.RoundRates = append(d.RoundRates, one.rate())
	}
	return d
}

func (r report) writeJSON(file string) error {
	text, err := json.MarshalIndent(r.document(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
