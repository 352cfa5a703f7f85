// Package promserver runs a private Prometheus from the machine's own binary, for development and tests, and the tools
// that come with it and with Alertmanager.
//
// It finds (or installs) prometheus, promtool and amtool. A server keeps its data in a temporary directory, listens on the
// loopback interface alone, and scrapes what its Options name. It is not how Spoke is watched in production: there the
// operator's Prometheus loads the files under infra/prometheus.
//
// Invariant: nothing is left running. Prometheus is the child of a guardian (infra/guard) that stops it when the starting
// process ends, by whatever means, SIGKILL included. Installing starts no service.
package promserver
