//go:build unix

// Package browser gives a test a tab of a real browser, and asks of a page what a person would: what it says, what is
// called what, what happens on a click or a key, and what the browser complains of.
//
// One Chromium serves all tests of a process, each in an incognito profile of its own, so they run in parallel and share
// no cookie. The clipboard is the one thing that they share, so Copied takes turns. A test is never skipped for want of
// it: Chromium is found or installed, or the test fails and says what is missing.
//
// A thing on the page is named as a person names it, by its accessible name ("Enable SCIM", as Chromium computes it), or
// by a CSS selector, which begins with one of # . [ or with "css:" ("#token", "css:table tr"); "text:" before a name or a
// text says that it is no selector. What a test acts on must be unambiguous: where two buttons are called alike, Within
// says in which part of the page.
//
// Invariants: every wait has a deadline, and when it passes the test fails with the page's text, and with a picture in the
// directory that the environment variable SPOKE_SCREENSHOTS_FAILED names. The browser reaches the loopback interface
// alone: localhost, askspoke.test and all names below them; no other name, and no other address, resolves.
//
// It does not follow a link into another tab.
package browser
