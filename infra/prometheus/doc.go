// Package prometheus has Spoke's recording and alerting rules as Go values, and the list of the metrics that rules and
// dashboards may name.
//
// The files under rules are written from here by cmd/rules and are what an operator loads; for a demonstration in which
// time runs faster, the same rules are written with shorter times. It runs no Prometheus: that is infra/promserver.
//
// Invariants, each a test: the committed files are what the values say; every alert has a severity, a summary, a
// description, a section of RUNBOOK.md, and a promtool test of when it fires and when it does not; every metric named
// by a rule is on the list.
package prometheus
