package journal_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// BenchmarkRecord makes creates with eight clients, in each shape.
func BenchmarkRecord(b *testing.B) {
	for name, shape := range map[string]journal.Shape{"OneStatement": journal.OneStatement, "Transaction": journal.Transaction} {
		b.Run(name, func(b *testing.B) {
			db, tenants := pgtest.Tenants(b, 1)
			schema := tenantdb.SchemaFor(tenants[0].ID)
			db.MustExec(`CREATE TABLE ` + schema.Table("thing") + ` (id uuid PRIMARY KEY, name text UNIQUE, version bigint NOT NULL)`)
			r := journal.Recorder{DB: db, Shape: shape}
			b.SetParallelism(4)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					id := uuid.NewString()
					if _, err := r.Record(b.Context(), schema, insert(schema, id, id)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
