package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/askspoke/spoke/scim/scimtest/conformance"
	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

// tally counts the rows of one document and level.
type tally struct {
	Rows   int `json:"rows"`
	Checks int `json:"checks"` // rows that a check shows
	Tests  int `json:"tests"`  // rows that only a Go test shows
	Reason int `json:"reason"` // rows that nothing shows, with the reason
}

func (t *tally) add(r conformance.Row) {
	t.Rows++
	switch {
	case len(r.Checks) > 0:
		t.Checks++
	case r.Shown():
		t.Tests++
	case r.Reason != "":
		t.Reason++
	}
}

// printCoverage prints how much of each document and level is shown, and all that is not, with the reason.
func printCoverage(out io.Writer, asJSON bool) error {
	rows := conformance.Coverage()
	if asJSON {
		return coverageDocument(out, rows)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "document\tlevel\trows\tby a check\tby a test\twith a reason")
	line := func(document, level string, t tally) {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\n", document, level, t.Rows, t.Checks, t.Tests, t.Reason)
	}
	var all tally
	for _, rfc := range []string{"7643", "7644", "9865"} {
		for _, level := range requirement.Levels() {
			var t tally
			for _, r := range rows {
				if r.RFC() == rfc && r.Level == level {
					t.add(r)
					all.add(r)
				}
			}
			if t.Rows > 0 {
				line("RFC "+rfc, string(level), t)
			}
		}
	}
	line("all", "", all)
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d checks. What only a Go test shows:\n\n", len(conformance.Checks()))
	for _, r := range rows {
		if len(r.Checks) == 0 && r.Shown() {
			fmt.Fprintf(out, "%-15s %s: %s\n%s", r.ID, r.Level, r.Text, indent(fmt.Sprint(r.Tests)))
		}
	}
	fmt.Fprint(out, "\nWhat nothing shows, and why:\n\n")
	for _, r := range rows {
		if !r.Shown() {
			fmt.Fprintf(out, "%-15s %s: %s\n%s", r.ID, r.Level, r.Text, indent(r.Reason))
		}
	}
	return nil
}

func coverageDocument(out io.Writer, rows []conformance.Row) error {
	type one struct {
		ID      string            `json:"id"`
		RFC     string            `json:"rfc"`
		Section string            `json:"section"`
		Level   requirement.Level `json:"level"`
		Text    string            `json:"text"`
		Checks  []string          `json:"checks,omitempty"`
		Tests   []string          `json:"tests,omitempty"`
		Reason  string            `json:"reason,omitempty"`
	}
	all := make([]one, 0, len(rows))
	for _, r := range rows {
		all = append(all, one{r.ID, r.RFC(), r.Section(), r.Level, r.Text, r.Checks, r.Tests, r.Reason})
	}
	return encode(out, all)
}
