// Package scimtest is the contract that every provider.Store passes, and random work that two stores are compared by.
//
//	func TestStore(t *testing.T) {
//		scimtest.Run(t, func(t *testing.T) provider.Store { return open(t) })
//	}
//
// Run plays small scenes with known results, Compare long random ones on two stores at once. Neither knows how a store
// keeps anything: both see only what provider.Store says. The package uses nothing but the standard library, so that a
// store outside this module can be held to the contract too. It is for tests and has no use in a program that serves.
package scimtest

import (
	"testing"

	"github.com/askspoke/spoke/scim/provider"
)

// rule is one sentence of the contract and the scene that shows it.
type rule struct {
	name string
	play func(w *world)
}

// Run checks every rule of the contract, each as a parallel subtest on a store of its own. open returns an empty store
// in which no two groups may have one displayName, and sees to its end with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) provider.Store) {
	for _, chapter := range [][]rule{
		createRules, createAllRules, readRules, snapshotRules, listRules, sortRules, positionRules, filterRules, textRules, updateRules, memberRules, deleteRules, raceRules,
	} {
		for _, r := range chapter {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				r.play(newWorld(t, open(t)))
			})
		}
	}
}
