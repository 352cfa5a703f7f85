package provider

import (
	"cmp"
	"slices"

	"github.com/askspoke/spoke/scim/schema"
)

// unit is what runs as one: an operation, or creations that refer to each other in a circle.
type unit struct {
	place      int // in the request, of its first operation
	operations []*bulkOperation
	circular   bool
	waits      int // for so many units
	followers  []*unit
}

// joins tells whether the unit is a creation that needs nothing of what was not done yet.
func (u *unit) joins(t *schema.ResourceType) bool {
	op := u.operations[0]
	return !u.circular && op.creates() && op.t == t && !slices.ContainsFunc(op.needs, func(o *bulkOperation) bool { return !o.done })
}

// plan finds which operations refer to which, and which can run first.
func (b *bulk) plan() {
	for _, op := range b.operations {
		b.findNeeds(op)
	}
	units := b.units()
	for _, u := range units {
		awaited := map[*unit]bool{u: true}
		for _, op := range u.operations {
			for _, need := range op.needs {
				if !awaited[need.unit] {
					awaited[need.unit] = true
					need.unit.followers = append(need.unit.followers, u)
					u.waits++
				}
			}
		}
		if u.waits == 0 {
			b.ready = append(b.ready, u)
		}
	}
}

// next takes the unit that comes first in the request of those that may run. What waited for it alone may run after it.
func (b *bulk) next() *unit {
	first := b.ready[0]
	b.ready = b.ready[1:]
	for _, u := range first.followers {
		if u.waits--; u.waits == 0 {
			i, _ := slices.BinarySearchFunc(b.ready, u, byPlace)
			b.ready = slices.Insert(b.ready, i, u)
		}
	}
	return first
}

func byPlace(a, b *unit) int { return cmp.Compare(a.place, b.place) }

// units divides the operations into units, in the order of the request.
func (b *bulk) units() []*unit {
	w := walk{index: make(map[*bulkOperation]int), low: make(map[*bulkOperation]int)}
	for _, op := range b.operations {
		if w.index[op] == 0 {
			w.visit(op)
		}
	}
	places := make(map[*bulkOperation]int, len(b.operations))
	for i, op := range b.operations {
		places[op] = i
	}
	for _, u := range w.units {
		slices.SortFunc(u.operations, func(a, b *bulkOperation) int { return cmp.Compare(places[a], places[b]) })
		u.place = places[u.operations[0]]
		u.circular = len(u.operations) > 1 || slices.Contains(u.operations[0].needs, u.operations[0])
	}
	slices.SortFunc(w.units, byPlace)
	return w.units
}

// walk finds the circles of references: the strongly connected components, as R. Tarjan does. It goes no deeper than
// there are operations.
type walk struct {
	index, low map[*bulkOperation]int // the order of the visits, from 1; the earliest that can be come back to
	stack      []*bulkOperation
	units      []*unit
}

func (w *walk) visit(op *bulkOperation) {
	w.index[op] = len(w.index) + 1
	w.low[op] = w.index[op]
	w.stack = append(w.stack, op)
	for _, need := range op.needs {
		switch {
		case w.index[need] == 0:
			w.visit(need)
			w.low[op] = min(w.low[op], w.low[need])
		case need.unit == nil: // on the stack
			w.low[op] = min(w.low[op], w.index[need])
		}
	}
	if w.low[op] != w.index[op] {
		return
	}
	start := slices.Index(w.stack, op)
	u := &unit{operations: slices.Clone(w.stack[start:])}
	w.stack = w.stack[:start]
	for _, member := range u.operations {
		member.unit = u
	}
	w.units = append(w.units, u)
}
