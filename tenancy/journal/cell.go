package journal

import "strings"

// Cell is a text as a cell of a CSV file that people open: a spreadsheet does not take it for a formula.
func Cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
