// Package spokeserver runs a whole Spoke, a spoke serve with all its roles, on this machine: for what is tried against the
// real program, from outside.
//
// It builds the program of this module, migrates the database that it is given, and serves at free ports of the loopback
// interface. Tenants are at SLUG.localhost, operators at console.localhost, the onboarding API at api.localhost, all by http:
// Chromium and curl find these names by themselves, and Go's client by Server.HTTP.
//
// It starts neither Postgres nor a mail server: who starts it says where they are.
//
// Invariant: nothing is left running. The server is the child of a guardian (infra/guard) that stops it when the starting
// process ends, by whatever means, SIGKILL included.
package spokeserver
