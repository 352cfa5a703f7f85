package conformance

import (
	"slices"

	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

// Row is a requirement and the names of the checks that show it.
type Row struct {
	requirement.Requirement
	Checks []string
}

// Shown tells whether a check or a Go test shows the requirement.
func (r Row) Shown() bool { return len(r.Checks)+len(r.Tests) > 0 }

// Coverage returns the table of requirements with what shows each.
func Coverage() []Row {
	checks := Checks()
	var rows []Row
	for _, r := range requirement.All() {
		row := Row{Requirement: r}
		for _, c := range checks {
			if slices.Contains(c.Shows, r.ID) {
				row.Checks = append(row.Checks, c.Name)
			}
		}
		rows = append(rows, row)
	}
	return rows
}
