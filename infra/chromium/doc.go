// Package chromium runs a headless Chromium or Google Chrome from the machine's own binary, for tests.
//
// It finds (or installs) the program and starts it with a profile of its own. It speaks no protocol: who started a Process
// has the two ends of its DevTools pipe, which no other process of the machine can open, as a port could be.
//
// Invariants: nothing is left running. Chromium is the child of a guardian (infra/guard) that stops it and deletes its
// profile when the starting process ends, by whatever means, SIGKILL included. It resolves no name but those of the
// loopback interface that Options list, takes no proxy, and connects to no address but that interface's.
package chromium
