// Package guard runs a server as the child of a guardian, a small shell that stops it when the starting process ends, by
// whatever means, SIGKILL included. It has directories deleted the same way.
//
// It knows no server in particular. It does not watch whether the server works.
package guard
