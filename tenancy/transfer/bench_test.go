package transfer_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/transfer"
)

// BenchmarkTransfer exports 20,000 users, their memberships and their journal, and imports them, beside the plainest COPY
// of the same tables: out of each into nowhere, which the server does without sending a row, and from one schema's tables
// into another one's by CopyIn of rows that are ready.
func BenchmarkTransfer(b *testing.B) {
	h := build(b)
	tenant, err := h.Create(b.Context(), newTenant("many"))
	if err != nil {
		b.Fatal(err)
	}
	const n = 20_000
	h.many(tenant, n)
	var exported, copiedOut, imported, copiedIn time.Duration
	for i := range b.N {
		var text bytes.Buffer
		exported += timed(func() { _, err = h.Export(b.Context(), tenant.ID, &text, transfer.Exporting{}) })
		if err != nil {
			b.Fatal(err)
		}
		copiedOut += timed(func() {
			for _, table := range tables {
				if _, err := h.db.Exec(`COPY ` + tenantdb.SchemaFor(tenant.ID).Table(table) + ` TO '/dev/null'`); err != nil {
					b.Fatal(err)
				}
			}
		})
		slug := tenancy.Slug(fmt.Sprintf("copy-%d-%d", b.N, i))
		imported += timed(func() {
			_, err = h.Transfer.Import(b.Context(), bytes.NewReader(text.Bytes()), transfer.Importing{Slug: slug})
		})
		if err != nil {
			b.Fatal(err)
		}
		plain, err := h.Create(b.Context(), newTenant("plain-"+slug))
		if err != nil {
			b.Fatal(err)
		}
		copiedIn += h.copyPlain(tenant, plain)
		b.ReportMetric(float64(text.Len())/(1<<20), "MiB")
	}
	b.ReportMetric(n*float64(b.N)/exported.Seconds(), "exported/s")
	b.ReportMetric(n*float64(b.N)/imported.Seconds(), "imported/s")
	b.ReportMetric(exported.Seconds()/copiedOut.Seconds(), "export/COPY")
	b.ReportMetric(imported.Seconds()/copiedIn.Seconds(), "import/COPY")
}

var tables = []string{"users", "groups", "members", "journal"}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// many fills a tenant with users as providers send them, in groups of 1,000.
func (h house) many(tenant tenancy.Tenant, n int) {
	h.Helper()
	users, groups := h.types(tenant.ID)
	s := h.store(tenant)
	f := h.filler(tenant, 1)
	ids := make([]string, n)
	drafts := make([]provider.Draft, n)
	for i := range drafts {
		name := fmt.Sprintf("user-%d@example.com", i)
		object := map[string]any{
			"id": uuid.NewString(), "userName": name, "externalId": uuid.NewString(), "displayName": fmt.Sprintf("User %d", i), "active": true,
			"name":   map[string]any{"givenName": "User", "familyName": fmt.Sprint(i)},
			"emails": []any{map[string]any{"value": name, "type": "work", "primary": true}}, "title": "Engineer",
		}
		if err := users.Finish(object); err != nil {
			h.Fatal(err)
		}
		ids[i] = object["id"].(string)
		drafts[i] = provider.Draft{ID: ids[i], At: at, Object: object, Body: resource.Encode(users, object)}
	}
	for _, c := range s.CreateAll(h.Context(), users, drafts, provider.Read{}) {
		if c.Err != nil {
			h.Fatal(c.Err)
		}
	}
	for first := 0; first < n; first += 1000 {
		if _, err := s.Create(h.Context(), groups, f.draft(groups, first, ids[first:first+1000]...), provider.Read{}); err != nil {
			h.Fatal(err)
		}
	}
}

// copyPlain returns how long it takes to copy rows that are in memory already.
func (h house) copyPlain(from, to tenancy.Tenant) (took time.Duration) {
	h.Helper()
	for _, table := range tables {
		rows, err := h.db.Queryx(`SELECT * FROM ` + tenantdb.SchemaFor(from.ID).Table(table))
		if err != nil {
			h.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			h.Fatal(err)
		}
		var list [][]any
		for rows.Next() {
			row, err := rows.SliceScan()
			if err != nil {
				h.Fatal(err)
			}
			for i := range row {
				if text, ok := row[i].([]byte); ok {
					row[i] = string(text)
				}
			}
			list = append(list, row)
		}
		if err := rows.Err(); err != nil {
			h.Fatal(err)
		}
		took += timed(func() {
			if err := h.db.CopyIn(h.Context(), tenantdb.SchemaFor(to.ID).Table(table), columns, list); err != nil {
				h.Fatal(err)
			}
		})
	}
	return took
}
