// Package billing says in plain values what a tenant may use and what it pays: plans, entitlements, subscriptions and
// amounts of money.
//
// It holds no state and talks to nobody: where a tenant's subscription is kept, how usage is counted and how it is
// charged are the business of other packages. A limit crosses to the ones that enforce it as a number, never as one of
// these types, so that nothing below depends on billing.
//
// Invariant: an amount never passes through a floating-point number.
package billing
