package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/askspoke/spoke/scim/scimtest/conformance"
	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

// printer writes results as they come, or all at the end where JSON is wanted.
type printer struct {
	out     io.Writer
	json    bool
	verbose bool
}

func (p *printer) result(r conformance.Result) {
	switch {
	case p.json:
	case r.Outcome == conformance.Failed || r.Outcome == conformance.Departs:
		fmt.Fprintf(p.out, "%-11s %s\n%s%s\n", r.Outcome, r.Check.Name, indent(requirements(r.Check)), indent(r.Detail))
	case p.verbose && r.Detail != "":
		fmt.Fprintf(p.out, "%-11s %s (%s)\n", r.Outcome, r.Check.Name, r.Detail)
	case p.verbose:
		fmt.Fprintf(p.out, "%-11s %s\n", r.Outcome, r.Check.Name)
	}
}

// requirements are the rows that a check shows, each on a line.
func requirements(c conformance.Check) string {
	lines := make([]string, 0, len(c.Shows))
	for _, id := range c.Shows {
		r, _ := requirement.Find(id)
		lines = append(lines, fmt.Sprintf("RFC %s section %s, %s: %s", r.RFC(), r.Section(), r.Level, r.Text))
	}
	return strings.Join(lines, "\n")
}

func indent(text string) string {
	return "            " + strings.ReplaceAll(text, "\n", "\n            ") + "\n"
}

// summary counts the outcomes.
func (p *printer) summary(results []conformance.Result) error {
	counts := make(map[conformance.Outcome]int)
	for _, r := range results {
		counts[r.Outcome]++
	}
	if p.json {
		return p.document(results, counts)
	}
	parts := []string{fmt.Sprintf("%d checks", len(results))}
	for _, o := range conformance.Outcomes() {
		parts = append(parts, fmt.Sprintf("%d %s", counts[o], o))
	}
	for _, r := range results {
		for _, path := range r.Left {
			fmt.Fprintf(p.out, "%-11s %s\n", "left behind", path)
		}
	}
	_, err := fmt.Fprintln(p.out, strings.Join(parts, ", "))
	return err
}

func (p *printer) document(results []conformance.Result, counts map[conformance.Outcome]int) error {
	type one struct {
		Check        string              `json:"check"`
		Outcome      conformance.Outcome `json:"outcome"`
		Requirements []string            `json:"requirements"`
		Detail       string              `json:"detail,omitempty"`
		LeftBehind   []string            `json:"leftBehind,omitempty"`
		Milliseconds int64               `json:"milliseconds"`
	}
	all := make([]one, 0, len(results))
	for _, r := range results {
		all = append(all, one{r.Check.Name, r.Outcome, r.Check.Shows, r.Detail, r.Left, r.Took.Milliseconds()})
	}
	return encode(p.out, struct {
		Counts  map[conformance.Outcome]int `json:"counts"`
		Results []one                       `json:"results"`
	}{counts, all})
}

func encode(out io.Writer, document any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

func printChecks(out io.Writer, checks []conformance.Check) error {
	for _, c := range checks {
		if _, err := fmt.Fprintf(out, "%s\n%s", c.Name, indent(strings.Join(c.Shows, " "))); err != nil {
			return err
		}
	}
	return nil
}
