// Package grafana has Spoke's Grafana dashboards as Go values.
//
// The files under dashboards are written from here by cmd/dashboards and are what Grafana is provisioned with. Their queries
// are Prometheus's; the metrics that they may name are listed in infra/prometheus. It talks to no Grafana.
//
// Invariants, each a test: the committed files are what the values say; every panel has a title, a unit and a description
// of which question it answers and what to do; every query goes to the data source that the reader chooses; a rate is over
// $__rate_interval; every metric is on the list; and, in infra/promtest, every query of a Spoke under load returns something.
package grafana
