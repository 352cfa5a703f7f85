package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// A report is what a run found.
type report struct {
	Environment environment
	options     options
	results     []result
}

// writeTable prints a line for each side of each scenario, and then what became of the targets. CPU is the processor time
// for one operation, and all but the latencies is of operations: a bulk is one request with many.
func (r report) writeTable(out io.Writer) {
	e, o := r.Environment, r.options
	fmt.Fprintf(out, "\nSpoke beside a bare server (net/http and one plain statement), both on Postgres %s with fsync\n", e.Postgres)
	fmt.Fprintf(out, "%s, %s, %d CPUs shared by load, servers and database; %d clients, %d users (in the huge directory %d); %d rounds of %v\n\n",
		e.Go, e.System, e.CPUs, o.clients, o.users, o.hugeUsers, o.rounds, o.duration)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tSERVER\tOPS/S\tP50\tP99\tCPU SERVER\tCPU DATABASE\tRATIO OF RATES")
	for _, one := range r.results {
		name, ratio := one.scenario.name, ""
		if r := one.rateRatio(); r > 0 {
			ratio = fmt.Sprintf("%.2f", r)
		}
		for side, s := range one.sides {
			cpu := one.cpu(side)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, s.name, rate(one.rate(side)),
				milliseconds(one.latency(side, 50)), milliseconds(one.latency(side, 99)),
				milliseconds(cpu.server), milliseconds(cpu.database), ratio)
			name, ratio = "", ""
		}
	}
	w.Flush()
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, one := range r.results {
		if one.scenario.note != nil {
			fmt.Fprintf(w, "%s\t%s\n", one.scenario.name, one.scenario.note(one))
		}
		for _, v := range one.verdicts() {
			fmt.Fprintf(w, "%s\t%s\n", one.scenario.name, v)
		}
	}
	w.Flush()
}

// rate writes a rate with three digits or more.
func rate(r float64) string {
	if r < 100 {
		return fmt.Sprintf("%.3g", r)
	}
	return fmt.Sprintf("%.0f", r)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", inMilliseconds(d)) }

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// verdicts returns what became of the targets whose figure could be measured.
func (r result) verdicts() []verdict {
	verdicts := []verdict{}
	for _, t := range r.scenario.targets {
		if v := t.judge(r); !math.IsNaN(v.Value) {
			verdicts = append(verdicts, v)
		}
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
