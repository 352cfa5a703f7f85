package dialect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
)

// Table is a page, in Markdown, of which provider's transcripts need which tolerances, and of where each comes from.
func Table(all []*Transcript) string {
	var b strings.Builder
	b.WriteString("# What identity providers need\n\nWritten by `go test ./scim/scimtest/dialect -update` from the transcripts. " +
		"A dot says that one of the provider's transcripts\nneeds the tolerance in the profile `auto`, and does not get through without it.\n\n")
	providers := providersOf(all)
	fmt.Fprintf(&b, "| tolerance | %s |\n|---|%s\n", strings.Join(providers, " | "), strings.Repeat(":-:|", len(providers)))
	for _, t := range scim.Tolerances() {
		fmt.Fprintf(&b, "| %s |", t)
		for _, provider := range providers {
			mark := " "
			if slices.ContainsFunc(all, func(tr *Transcript) bool { return tr.Provider() == provider && slices.Contains(tr.Needs, t.String()) }) {
				mark = " • "
			}
			fmt.Fprintf(&b, "%s|", mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| transcript | what | needs | requires | inferred |\n|---|---|---|---|---|\n")
	for _, tr := range all {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", tr.Name, tr.Title, strings.Join(tr.Needs, ", "), strings.Join(tr.Requires, ", "), strings.Join(tr.Inferred, "; "))
	}
	return b.String()
}

func providersOf(all []*Transcript) []string {
	var providers []string
	for _, tr := range all {
		providers = append(providers, tr.Provider())
	}
	slices.Sort(providers)
	return slices.Compact(providers)
}
