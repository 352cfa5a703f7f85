package provider

// part is what a call knows that is one operation of a bulk.
type part struct {
	data map[string]any // the body
	id   string         // that a new resource gets; "" for any
	// pending are the ids of resources that will be made, later are those of them that this one is to have as members.
	pending map[string]bool
	later   []string
}

// present returns those of the members that are there already, and keeps the others for later.
func (p *part) present(members []string) []string {
	if p == nil || len(p.pending) == 0 {
		return members
	}
	var present []string
	for _, id := range members {
		if p.pending[id] {
			p.later = append(p.later, id)
		} else {
			present = append(present, id)
		}
	}
	return present
}
