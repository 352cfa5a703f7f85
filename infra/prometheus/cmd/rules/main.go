// Command rules writes Spoke's rules for Prometheus:
//
//	go run ./infra/prometheus/cmd/rules                            # the committed files, at the clock's pace
//	go run ./infra/prometheus/cmd/rules -check                     # fails when they are not what would be written
//	go run ./infra/prometheus/cmd/rules -faster 120 -out DIR       # for a demonstration in which time runs faster
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/askspoke/spoke/infra/prometheus"
)

func main() {
	faster := flag.Float64("faster", 1, "how many times faster than the clock time passes")
	out := flag.String("out", "infra/prometheus/rules", "the directory to write to")
	check := flag.Bool("check", false, "write nothing, and fail when a file is not what would be written")
	flag.Parse()
	if err := run(prometheus.Pace(*faster), *out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "rules:", err)
		os.Exit(1)
	}
}

func run(pace prometheus.Pace, dir string, check bool) error {
	if pace < 1 {
		return errors.New("-faster must be at least 1")
	}
	if !check {
		return prometheus.Write(dir, pace)
	}
	for _, f := range prometheus.Files(pace) {
		want, err := f.Text()
		if err != nil {
			return err
		}
		path := filepath.Join(dir, f.Name+".yml")
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("%s is not what the Go values say: run ./task dashboards", path)
		}
	}
	return nil
}
