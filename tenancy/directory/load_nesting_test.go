package directory

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCircle compares with a search from every group, on random nestings.
func TestCircle(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	circles := 0
	for range 3000 {
		var n nesting
		groups, inside := 1+r.IntN(8), map[string][]string{}
		lines := map[[2]string][]int64{}
		for line := range int64(r.IntN(12)) {
			group, child := fmt.Sprint(r.IntN(groups)), fmt.Sprint(r.IntN(groups))
			n.add(line+1, group, child)
			inside[group] = append(inside[group], child)
			lines[[2]string{child, group}] = append(lines[[2]string{child, group}], line+1)
		}
		line, circle := n.circle()
		if reaches(inside) != (circle != nil) {
			t.Fatalf("%v: %v", inside, circle)
		}
		if circle == nil {
			continue
		}
		circles++
		named := false
		for i, id := range circle {
			above := circle[(i+1)%len(circle)]
			if !slices.Contains(inside[above], id) {
				t.Fatalf("%v: %v is no circle", inside, circle)
			}
			named = named || slices.Contains(lines[[2]string{id, above}], line)
		}
		if !named {
			t.Fatalf("%v: line %d is not of %v", inside, line, circle)
		}
	}
	if circles < 100 {
		t.Errorf("%d circles", circles)
	}
}

// reaches tells whether any group contains itself.
func reaches(inside map[string][]string) bool {
	for start := range inside {
		seen, next := map[string]bool{}, slices.Clone(inside[start])
		for len(next) > 0 {
			id := next[0]
			next = next[1:]
			if id == start {
				return true
			}
			if !seen[id] {
				seen[id] = true
				next = append(next, inside[id]...)
			}
		}
	}
	return false
}
