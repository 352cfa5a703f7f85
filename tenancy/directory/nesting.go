package directory

// Groups may be members of groups, at any depth, but never in a circle (ADR 0009).

// nested tells whether any group was ever a member of another one.
func (s Store) nested() string { return `(SELECT changes > 0 FROM ` + s.nesting + ` WHERE id = 1)` }

// memberships are the groups of all users (user_id, group_id, type), each group of a user once: those that a user is a
// member of, and those that contain such a group.
func (s Store) memberships() string {
	return `SELECT m.user_id, m.group_id, 'direct' AS type FROM ` + s.members + ` m WHERE m.user_id IS NOT NULL
		UNION ALL
		SELECT DISTINCT m.user_id, a.group_id, 'indirect' AS type FROM (
			WITH RECURSIVE above (child_id, group_id) AS (SELECT child_id, group_id FROM ` + s.members + ` WHERE child_id IS NOT NULL
				UNION SELECT a.child_id, m.group_id FROM above a JOIN ` + s.members + ` m ON m.child_id = a.group_id)
			SELECT child_id, group_id FROM above) a
		JOIN ` + s.members + ` m ON m.group_id = a.child_id AND m.user_id IS NOT NULL
		WHERE NOT EXISTS (SELECT 1 FROM ` + s.members + ` d WHERE d.group_id = a.group_id AND d.member_id = m.user_id)`
}

// nestSteps returns the CTEs that find out whether known members may be added to the group $1, and count up nesting
// where one that is new to it is a group: circle are those that contain the group already, children the new groups, nest
// has a row unless another nesting came between the look at seen and the count. allowed is what else must be so.
func (s Store) nestSteps(allowed string) []string {
	return []string{
		`seen AS MATERIALIZED (SELECT changes FROM ` + s.nesting + ` WHERE id = 1)`,
		`circle AS MATERIALIZED (SELECT k.id FROM known k WHERE k.child_id IN (
			WITH RECURSIVE above (id) AS (SELECT group_id FROM ` + s.members + ` WHERE child_id = $1::uuid
				UNION SELECT m.group_id FROM above a JOIN ` + s.members + ` m ON m.child_id = a.id)
			SELECT id FROM above))`,
		`children AS MATERIALIZED (SELECT k.id FROM known k WHERE k.child_id IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM ` + s.members + ` m WHERE m.group_id = $1::uuid AND m.member_id = k.id))`,
		`nest AS (UPDATE ` + s.nesting + ` SET changes = changes + 1
			WHERE id = 1 AND ` + allowed + ` AND EXISTS (SELECT 1 FROM children) AND changes = (SELECT changes FROM seen) RETURNING changes)`,
	}
}
