//go:build unix

package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// person is a user as the identity provider's directory has them, or as it believes that Spoke does.
type person struct {
	title string
	badge string // what the mapping sends as an attribute that Spoke does not have; empty: nothing
	off   bool   // disabled
	gone  bool   // deleted
}

// source is the directory of an identity provider. People change it while the provider reads it.
type source struct {
	mu     sync.Mutex
	people map[string]person
	groups map[string][]string
	churn  int // people whose title changes before each cycle
	round  int
}

// newSource returns a directory of n people in groups.
func newSource(n int) *source {
	s := &source{people: map[string]person{}, groups: map[string][]string{}, churn: 3}
	for i := range n {
		name := fmt.Sprintf("user%03d", i)
		s.people[name] = person{title: "Engineer"}
		group := []string{"Engineering", "Operations", "Sales"}[i%3]
		s.groups[group] = append(s.groups[group], name)
	}
	return s
}

// change changes some people.
func (s *source) change(names []string, change func(*person)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		p := s.people[name]
		change(&p)
		s.people[name] = p
	}
}

func (s *source) setChurn(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.churn = n
}

// next gives some people a new title, as every day does, and returns what is so then.
func (s *source) next() map[string]person {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
	changed := 0
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(s.people))) {
		p := s.people[name]
		if changed == s.churn {
			break
		}
		if p.gone || p.off || p.badge != "" {
			continue
		}
		p.title = fmt.Sprintf("Engineer %d", s.round)
		s.people[name] = p
		changed++
	}
	return maps.Clone(s.people)
}

// names returns the names from one number to another.
func names(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("user%03d", i))
	}
	return list
}
