package journal_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// plan is a node of what EXPLAIN says.
type plan struct {
	Type    string  `json:"Node Type"`
	Rows    float64 `json:"Actual Rows"`
	Removed float64 `json:"Rows Removed by Filter"`
	Checked float64 `json:"Rows Removed by Index Recheck"`
	Loops   float64 `json:"Actual Loops"`
	Plans   []plan
}

// explain runs the statement and returns the types of its nodes, and how many rows it read from tables and indexes.
func explain(t *testing.T, db *tenantdb.DB, statement string, args []any) (types []string, read float64) {
	t.Helper()
	var text string
	if err := db.GetContext(t.Context(), &text, `EXPLAIN (ANALYZE, FORMAT JSON) `+statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	var walk func(plan)
	walk = func(p plan) {
		types = append(types, p.Type)
		if len(p.Plans) == 0 {
			read += (p.Rows + p.Removed + p.Checked) * p.Loops
		}
		for _, child := range p.Plans {
			walk(child)
		}
	}
	walk(plans[0].Plan)
	return types, read
}

// In a large journal no statement of a page reads without bound, wherever the page is and whatever is asked for; where an
// index leads to what is, it reads the page alone.
func TestListPlans(t *testing.T) {
	t.Parallel()
	db, tenants := pgtest.Tenants(t, 1)
	schema := tenantdb.SchemaFor(tenants[0].ID)
	const rows, left, other = 100_000, 60, "0190a0a0-0000-7000-8000-00000000ffff"
	// An entry each second; each hundredth is refused; each second one is of one resource, and ten are of another.
	db.MustExec(`INSERT INTO `+schema.Table("journal")+` (id, at, outcome, status, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT (lpad(to_hex((extract(epoch FROM $1::timestamptz) * 1000)::bigint + n * 1000), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
			$1::timestamptz + n * interval '1 second', CASE WHEN n % 100 = 0 THEN 'refused' ELSE 'accepted' END, CASE WHEN n % 100 = 0 THEN 400 ELSE 0 END,
			CASE WHEN n = 77777 THEN 'delete' ELSE 'update' END, 'User',
			CASE WHEN n % 2 = 1 THEN $2 WHEN n % 10000 = 8 THEN $3 ELSE md5(n::text) END::uuid, 1, 'a', n::text, '{"rule": "r"}'
		FROM generate_series(1, $4) n`, at, userID, other, rows)
	db.MustExec(`ANALYZE ` + schema.Table("journal"))

	middle := at.Add(rows / 2 * time.Second)
	for name, tc := range map[string]struct {
		q     journal.Query
		bound float64
	}{
		"all":                 {journal.Query{}, 51},
		"refused":             {journal.Query{Outcome: journal.Refused}, 51},
		"of a busy resource":  {journal.Query{ResourceID: userID}, 51},
		"of a quiet resource": {journal.Query{ResourceID: other}, 51},
		"of none":             {journal.Query{ResourceID: string(tenants[0].ID)}, 51},
		"refused of a busy resource": {
			journal.Query{ResourceID: userID, Outcome: journal.Refused}, journal.ListWindow / 10,
		},
		"a rare action":       {journal.Query{Actions: []journal.Action{journal.ActionDelete}}, journal.ListWindow},
		"a request":           {journal.Query{RequestID: "5"}, journal.ListWindow},
		"a rule nobody broke": {journal.Query{Rule: "x"}, journal.ListWindow},
		"a time":              {journal.Query{From: middle, To: middle.Add(time.Minute)}, journal.ListWindow},
		"refused in a time":   {journal.Query{Outcome: journal.Refused, From: middle, To: middle.Add(time.Minute)}, 200},
	} {
		for order, oldest := range map[string]bool{"newest": false, "oldest": true} {
			for place, n := range map[string]int{"beginning": 0, "middle": rows / 2, "end": rows - left} {
				t.Run(name+"/"+order+"/"+place, func(t *testing.T) {
					t.Parallel()
					q := tc.q
					q.OldestFirst = oldest
					if n > 0 {
						q.After = q.Place(idOf(t, db, schema, oldest, n))
					}
					end := idOf(t, db, schema, oldest, min(n+int(tc.bound), rows)-1)
					if tc.q.ResourceID == userID { // each second
						end = idOf(t, db, schema, oldest, min(n+2*int(tc.bound), rows)-1)
					}
					statements, args, err := q.Statements(schema, end)
					if err != nil {
						t.Fatal(err)
					}
					for i, statement := range statements {
						types, read := explain(t, db, statement, args[i])
						if slices.Contains(types, "Seq Scan") {
							t.Errorf("%q\n%s", types, statement)
						}
						if read > max(tc.bound, left)+1 {
							t.Errorf("%.0f rows were read by %q\n%s", read, types, statement)
						}
					}
				})
			}
		}
	}
}

// idOf returns the id of the entry at the place n from the beginning, which counts from 0.
func idOf(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, oldest bool, n int) (id string) {
	t.Helper()
	order := " DESC"
	if oldest {
		order = ""
	}
	if err := db.GetContext(t.Context(), &id, `SELECT id FROM `+schema.Table("journal")+` ORDER BY id`+order+` OFFSET $1 LIMIT 1`, n); err != nil {
		t.Fatal(err)
	}
	return id
}
