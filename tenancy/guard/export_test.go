package guard

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// RowsRead has an attempt checked and returns how many rows of each table that took.
func RowsRead(t *testing.T, db *tenantdb.DB, schema tenantdb.Schema, g tenancy.Guard, a Attempt) map[string]float64 {
	t.Helper()
	statement, err := checkStatement(schema, a.ResourceType)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	err = db.QueryRowContext(t.Context(), `EXPLAIN (ANALYZE, FORMAT JSON) `+statement, arguments(g, a, uuid.NewString(), "{}")...).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal(text, &plans); err != nil {
		t.Fatal(err)
	}
	read := make(map[string]float64)
	plans[0].Plan.walk(read)
	return read
}

type node struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Plans    []node
}

func (n node) walk(read map[string]float64) {
	if n.Relation != "" {
		read[n.Relation] += (n.Rows + n.Removed) * n.Loops
	}
	for _, p := range n.Plans {
		p.walk(read)
	}
}
