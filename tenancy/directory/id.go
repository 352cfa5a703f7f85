package directory

import "slices"

// nobody is an id that no resource ever has.
const nobody = "00000000-0000-0000-0000-000000000000"

// isID tells whether text is a UUID as ids are written. Ids are caseExact, so another spelling names nothing.
func isID(text string) bool {
	if len(text) != len(nobody) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// idSet is a set of ids as a client named them.
type idSet struct {
	ids   []string // sorted, each once. It has nobody where never is not empty, so that a statement finds it unknown
	never []string // those that can be no id, in the order given
}

func newIDSet(list []string) idSet {
	s := idSet{ids: make([]string, 0, len(list)+1)}
	for _, id := range list {
		if isID(id) && id != nobody {
			s.ids = append(s.ids, id)
		} else if !slices.Contains(s.never, id) {
			s.never = append(s.never, id)
		}
	}
	slices.Sort(s.ids)
	s.ids = slices.Compact(s.ids)
	if len(s.never) > 0 {
		s.ids = append(s.ids, nobody)
	}
	return s
}

// unknown returns the ids as the client wrote them of which a statement reported these as unknown.
func (s idSet) unknown(reported []string) []string {
	out := slices.Clone(s.never)
	for _, id := range reported {
		if id != nobody {
			out = append(out, id)
		}
	}
	return out
}
