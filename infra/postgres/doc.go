// Package postgres runs a private Postgres from the machine's own binaries, for development and tests.
//
// It finds (or installs) the binaries, makes a cluster in a directory of the caller's, listens on the loopback
// interface alone, and asks for a password that only the owner of the directory can read. It is not how Spoke is run
// in production: there the operator's Postgres is named by a URL.
//
// Invariants:
//   - Nothing is left running. Postgres is the child of a guardian (infra/guard), a small shell in a session of its own
//     that stops it when the starting process ends, by whatever means, SIGKILL included.
//   - One process at a time uses a data directory; a second one is refused with the first one's pid.
//   - It never widens the permissions of a directory that it did not make.
package postgres
