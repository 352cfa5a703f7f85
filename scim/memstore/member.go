package memstore

import (
	"maps"
	"slices"

	"github.com/askspoke/spoke/scim/provider"
)

// unknown returns those of the ids, each once, that cannot become members of the group: neither user nor group, or the
// group itself.
func (s *Store) unknown(group string, ids []string) []string {
	var unknown []string
	for _, id := range ids {
		if r, _ := s.member(id); (r == nil || id == group) && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

// circle returns those of the ids, sorted and each once, that contain the group.
func (s *Store) circle(group string, ids []string) (circle []string) {
	around := s.around(s.memberOf[group])
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if _, contains := around[id]; contains && !slices.Contains(circle, id) {
			circle = append(circle, id)
		}
	}
	return circle
}

// around returns the groups and those that contain them, at any depth.
func (s *Store) around(groups idSet) idSet {
	all := maps.Clone(groups)
	for next := slices.Collect(maps.Keys(groups)); len(next) > 0; next = next[1:] {
		for id := range s.memberOf[next[0]] {
			if _, met := all[id]; !met {
				all[id] = struct{}{}
				next = append(next, id)
			}
		}
	}
	return all
}

// change makes a change of members, whose ids are known, and tells whether anything differs afterwards.
func (s *Store) change(group *record, members provider.Members) (changed bool) {
	if members.Replace {
		keep := make(idSet, len(members.Add))
		for _, id := range members.Add {
			keep[id] = struct{}{}
		}
		for id := range group.members {
			if _, stays := keep[id]; !stays {
				changed = s.removeMember(group, id) || changed
			}
		}
	}
	for _, id := range members.Remove {
		changed = s.removeMember(group, id) || changed
	}
	for _, id := range members.Add {
		changed = s.addMember(group, id) || changed
	}
	return changed
}

func (s *Store) addMember(group *record, id string) bool {
	if _, there := group.members[id]; there {
		return false
	}
	group.members[id] = struct{}{}
	if s.memberOf[id] == nil {
		s.memberOf[id] = make(idSet)
	}
	s.memberOf[id][group.doc.ID] = struct{}{}
	return true
}

func (s *Store) removeMember(group *record, id string) bool {
	if _, there := group.members[id]; !there {
		return false
	}
	delete(group.members, id)
	delete(s.memberOf[id], group.doc.ID)
	if len(s.memberOf[id]) == 0 {
		delete(s.memberOf, id)
	}
	return true
}
