package directory

import "strconv"

// arguments collects the values of a statement.
type arguments []any

// add appends a value and returns its placeholder.
func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}
