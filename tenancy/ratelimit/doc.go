// Package ratelimit decides whether a request may go at once, after a little while, or not now: by token buckets, one for
// each class and subject (a tenant, or a client's address).
//
// It does not know plans, HTTP routes or what a request costs: rates come as plain values with each call. The buckets are
// in this process's memory or, with a [Redis], shared by all replicas; while Redis is away each replica applies the whole
// rate by itself, so an outage of Redis never refuses what was agreed.
//
// Invariants:
//   - In any time t a bucket lets through at most PerSecond*t + Burst, delayed ones included; over Redis, by its clock.
//     Three things start a bucket anew and so may add a burst: a change to or from Redis, a lost key there, and eviction
//     when there are more buckets in use than memory is set aside for.
//   - Who is delayed goes in the order of arrival at this process, and nobody waits longer than Config.Wait. A waiter that
//     gives up leaves its place to those behind it.
//   - Memory is bounded, nothing runs for a bucket that nobody waits for, and a call that need not wait takes constant time.
package ratelimit
