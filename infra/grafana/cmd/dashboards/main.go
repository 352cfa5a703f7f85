// Command dashboards writes Spoke's dashboards for Grafana:
//
//	go run ./infra/grafana/cmd/dashboards           # the committed files
//	go run ./infra/grafana/cmd/dashboards -check    # fails when they are not what would be written
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/askspoke/spoke/infra/grafana"
)

func main() {
	out := flag.String("out", "infra/grafana/dashboards", "the directory to write to")
	check := flag.Bool("check", false, "write nothing, and fail when a file is not what would be written")
	flag.Parse()
	if err := run(*out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	if !check {
		return grafana.Write(dir)
	}
	files, err := grafana.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name+".json")
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, f.Text) {
			return fmt.Errorf("%s is not what the Go values say: run ./task dashboards", path)
		}
	}
	return nil
}
