package directory

import (
	"github.com/lib/pq"

	"github.com/askspoke/spoke/scim/provider"
)

// memberChange is a change of members in the form in which statements have it.
type memberChange struct {
	replace     bool
	add, remove idSet
}

func newMemberChange(m provider.Members) memberChange {
	return memberChange{replace: m.Replace, add: newIDSet(m.Add), remove: newIDSet(m.Remove)}
}

// adds tells whether members are looked up, in order to add them.
func (m memberChange) adds() bool { return m.replace || len(m.add.ids) > 0 }

// commutes tells whether the change has the same effect before and after whatever other change meets it. Adding does:
// it heeds rows that came after its statement began. Removing does not see those, so of several removals that are to
// happen at one moment, one might be answered from before the other change and one from after it.
func (m memberChange) commutes() bool {
	return !m.replace && (len(m.remove.ids) == 0 || len(m.remove.ids) == 1 && len(m.add.ids) == 0)
}

// memberStep is how other parts of the statement refer to the adding or the removing of members.
type memberStep struct {
	allowed string // whether anything may be done
	any     string // whether a row was written
	list    string // the ids of those rows
	// findings are the names and values of findings about what may not be added, each followed by a comma.
	findings string
}

// memberSteps appends the CTEs that remove and add members.
func (s Store) memberSteps(with []string, members memberChange, read provider.Read, args *arguments) ([]string, memberStep, memberStep, string) {
	allowed := `EXISTS (SELECT 1 FROM target)`
	adding := memberStep{any: `false`, list: `NULL`}
	removing, relation := adding, `NULL`
	if members.adds() {
		with = append(with, s.knownMembers(args.add(pq.Array(members.add.ids)), members.replace && read.Relation)...)
		allowed += ` AND NOT EXISTS (SELECT 1 FROM unknown) AND NOT EXISTS (SELECT 1 FROM circle)`
		with = append(with, s.nestSteps(allowed)...)
		allowed += ` AND (NOT EXISTS (SELECT 1 FROM children) OR EXISTS (SELECT 1 FROM nest))`
		adding.any, adding.list = `EXISTS (SELECT 1 FROM added)`, `(SELECT jsonb_agg(id ORDER BY id) FROM added)`
		adding.findings = `'unknown', (SELECT jsonb_agg(id) FROM unknown), 'circle', (SELECT jsonb_agg(id ORDER BY id) FROM circle),
			'met', EXISTS (SELECT 1 FROM children) AND NOT EXISTS (SELECT 1 FROM nest), `
	}
	gone := ``
	switch {
	case members.replace:
		gone = `NOT EXISTS (SELECT 1 FROM wanted w WHERE w.id = m.member_id)`
		relation = knownRelation(read, args)
	case len(members.remove.ids) > 0:
		gone = `m.member_id = ANY (` + args.add(pq.Array(members.remove.ids)) + `::uuid[])`
	}
	if gone != `` {
		with = append(with, `removed AS (DELETE FROM `+s.members+` m WHERE m.group_id = $1::uuid AND `+gone+` AND `+allowed+`
			RETURNING m.member_id AS id)`)
		removing.any, removing.list = `EXISTS (SELECT 1 FROM removed)`, `(SELECT jsonb_agg(id ORDER BY id) FROM removed)`
	}
	if members.adds() {
		with = append(with, `added AS (`+s.insertMembers()+` FROM known k WHERE `+allowed+`
			ON CONFLICT DO NOTHING RETURNING member_id AS id)`)
	}
	adding.allowed = allowed
	return with, adding, removing, relation
}
