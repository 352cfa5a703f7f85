package directory

import "strings"

// nesting are the groups in groups that a Loader has met, all of them in memory: 24 bytes each, and the groups' ids.
type nesting struct {
	ids   []string
	index map[string]int32
	edges []edge
}

type edge struct {
	group, child int32
	line         int64
}

func (n *nesting) add(line int64, group, child string) {
	n.edges = append(n.edges, edge{n.node(group), n.node(child), line})
}

func (n *nesting) node(id string) int32 {
	if n.index == nil {
		n.index = make(map[string]int32)
	}
	i, ok := n.index[id]
	if !ok {
		i = int32(len(n.ids)) //nolint:gosec // two billion groups would not fit into memory
		n.ids, n.index[id] = append(n.ids, id), i
	}
	return i
}

// circle returns groups that contain each other, one after another, and the last line that says so; nil where there are
// none. Its time is proportional to the edges, whatever they are.
func (n *nesting) circle() (line int64, ids []string) {
	out := make([][]int32, len(n.ids)) // the edges of each group
	in := make([]int, len(n.ids))
	for i, e := range n.edges {
		out[e.group] = append(out[e.group], int32(i)) //nolint:gosec // as above
		in[e.child]++
	}
	var free []int32 // groups that nothing contains which is left
	for i, count := range in {
		if count == 0 {
			free = append(free, int32(i)) //nolint:gosec // as above
		}
	}
	left := len(n.ids)
	for len(free) > 0 {
		group := free[len(free)-1]
		free = free[:len(free)-1]
		left--
		for _, i := range out[group] {
			child := n.edges[i].child
			if in[child]--; in[child] == 0 {
				free = append(free, child)
			}
		}
	}
	if left == 0 {
		return 0, nil
	}
	return n.walk(in)
}

// walk finds a circle among the groups that are left: each is contained in one that is left, so whoever goes up from one
// to the next comes back.
func (n *nesting) walk(in []int) (line int64, ids []string) {
	above := make([]int32, len(n.ids)) // an edge to a group that contains it, plus 1
	for i, e := range n.edges {
		if in[e.group] > 0 && in[e.child] > 0 {
			above[e.child] = int32(i) + 1 //nolint:gosec // as above
		}
	}
	var at int32
	for in[at] == 0 {
		at++
	}
	for range n.ids { // now it is on the circle for certain
		at = n.edges[above[at]-1].group
	}
	for start := at; ; {
		e := n.edges[above[at]-1]
		line, ids = max(line, e.line), append(ids, n.ids[at])
		if at = e.group; at == start {
			return line, ids
		}
	}
}

// someOf joins a few ids.
func someOf(ids []string) string {
	const most = 5
	if len(ids) > most {
		return strings.Join(ids[:most], ", ") + " and others"
	}
	return strings.Join(ids, ", ")
}
