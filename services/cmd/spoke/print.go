package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"
)

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON, for scripts"} }

// printJSON writes a value as one line, or for people in several.
func printJSON(v any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if term.IsTerminal(int(os.Stdout.Fd())) {
		encoder.SetIndent("", "  ")
	}
	return encoder.Encode(v)
}

// printTable writes rows under a heading, each with columns divided by tabs.
func printTable(heading string, rows [][]string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(heading, ", ", "\t"))
	for _, row := range rows {
		for i := range row {
			if row[i] = plain(row[i]); row[i] == "" {
				row[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// fact is a line of what is shown of one thing.
type fact struct{ name, value string }

// printFacts writes the facts that there are.
func printFacts(facts ...fact) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	for _, f := range facts {
		if f.value != "" {
			fmt.Fprintf(w, "%s\t%s\n", f.name, plain(f.value))
		}
	}
	return w.Flush()
}

// plain leaves out of a text what would steer a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// moment returns a time as people of this zone read it.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// when is moment for a time that may be absent.
func when(t *time.Time) string { return moment(value(t)) }

// whenAnd is a time with the address that belongs to it.
func whenAnd(t *time.Time, from *string) string {
	if value(from) == "" {
		return when(t)
	}
	return when(t) + " from " + *from
}

// value returns the zero value for what is absent.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// optional returns nil for the zero value, which is absent in JSON.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// list returns a text for texts.
func list[T ~string](items []T, none string) string {
	if len(items) == 0 {
		return none
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(item)
	}
	return strings.Join(texts, ", ")
}
