package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// A report is what a run found.
type report struct {
	Environment environment
	options     options
	results     []result
}

// writeTable prints two lines for each scenario, one for a side, and then what became of the targets. CPU is the
// processor time for one request.
func (r report) writeTable(out io.Writer) {
	e, o := r.Environment, r.options
	fmt.Fprintf(out, "\nSpoke beside a bare server (net/http and one plain statement), both on Postgres %s with fsync\n", e.Postgres)
	fmt.Fprintf(out, "%s, %s, %d CPUs shared by load, servers and database; %d clients, %d users; %d rounds of %v\n\n",
		e.Go, e.System, e.CPUs, o.clients, o.users, o.rounds, o.duration)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tSERVER\tOPS/S\tP50\tP99\tCPU SERVER\tCPU DATABASE\tRATIO OF RATES")
	for _, one := range r.results {
		name, ratio := one.scenario.name, fmt.Sprintf("%.2f", one.rateRatio())
		for side := range one.names {
			cpu := one.cpu(side)
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%s\t%s\t%s\t%s\t%s\n", name, one.names[side], one.rate(side),
				milliseconds(one.latency(side, 50)), milliseconds(one.latency(side, 99)),
				milliseconds(cpu.server), milliseconds(cpu.database), ratio)
			name, ratio = "", ""
		}
	}
	w.Flush()
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, one := range r.results {
		for _, v := range one.verdicts() {
			fmt.Fprintf(w, "%s\t%s\n", one.scenario.name, v)
		}
	}
	w.Flush()
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", inMilliseconds(d)) }

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (r result) verdicts() []verdict {
	verdicts := []verdict{}
	for _, t := range r.scenario.targets {
		verdicts = append(verdicts, t.judge(r))
	}
	return verdicts
}

// missed returns how many targets are not met.
func (r report) missed() int {
	missed := 0
	for _, one := range r.results {
		for _, v := range one.verdicts() {
			if !v.Met {
				missed++
			}
		}
	}
	return missed
}
