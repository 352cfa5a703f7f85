// Package archtest keeps the house in order: its test fails when a package imports what it may not, or breaks one of
// the rules about names and SQL that a linter does not know.
//
// The rules about imports are the table in rules.go, each with its reason and an example of a breach, by which the test
// shows that the rule can fail. To change a rule is to change the design: write a page in infra/decisions.
//
// It sees the imports of the platform that it runs on, and direct ones alone, which is enough since each package is
// looked at.
package archtest
