// Package mailpit runs a private mail server that keeps what it is sent, to be looked at: for tests, and to watch.
//
// It is Mailpit (https://mailpit.axllent.org), built by Go at the version that infra/mailpit/tool pins, which takes a minute
// the first time. It listens on the loopback interface alone and delivers nothing to anybody.
//
// Invariant: nothing is left running. Mailpit is the child of a guardian (infra/guard) that stops it when the starting
// process ends, by whatever means, SIGKILL included.
package mailpit
