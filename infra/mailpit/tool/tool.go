// Package tool is the module of mailpit, the mail server of tests, and pins its version, apart from the product's own
// dependencies and from the other tools, whose versions its would change.
package tool
