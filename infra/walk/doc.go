// Package walk walks through the console as people do, in a real browser, against a whole Spoke: its own process, Postgres,
// mail server and identity provider's requests, all on this machine.
//
// It is tests alone. They walk the tutorial that Microsoft publishes for administrators, and look at every page: what a
// screen reader, a keyboard, a narrow screen and a browser without JavaScript make of it. TestPages looks at those that can be
// opened at any time, and TestPassingPages at those that are shown once, or while something lasts. TestPages also makes
// the pictures that the README shows, and with a gallery both make one of every page, wide and narrow, for a person to
// look at:
//
//	./task screenshots
//	./task screenshots:all -- DIRECTORY
//
// What a page is to say in each case is tested beside it, in services/console. Here it is whether the parts meet.
//
// Invariants: nothing is waited for but by looking whether it has come to be; on no page does the browser complain of
// anything; nothing is left running.
package walk
