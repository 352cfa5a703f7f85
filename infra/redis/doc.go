// Package redis runs a private Redis from the machine's own binary, for development and tests.
//
// It finds (or installs) redis-server, keeps nothing on disk but a log and a configuration in a temporary directory,
// listens on the loopback interface alone, and asks for a password. It is not how Spoke is run in production: there the
// operator's Redis is named by a URL.
//
// Invariant: nothing is left running. Redis is the child of a guardian (infra/guard) that stops it when the starting
// process ends, by whatever means, SIGKILL included.
package redis
