package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/provider"
)

// versus calls work and baseline in turn and reports the median of each and their ratio.
func versus(b *testing.B, work, baseline func(n int) error) {
	b.Helper()
	var times [2][]time.Duration
	for n := range b.N {
		for i, f := range []func(int) error{work, baseline} {
			start := time.Now()
			if err := f(n); err != nil {
				b.Fatal(err)
			}
			times[i] = append(times[i], time.Since(start))
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2].Microseconds())
	}
	b.ReportMetric(median(0), "µs")
	b.ReportMetric(median(1), "µs/baseline")
	b.ReportMetric(median(0)/median(1), "ratio")
}

// BenchmarkLarge asks a tenant of 200,000 users. Run it with -benchtime=200x.
func BenchmarkLarge(b *testing.B) {
	const size, limit = 200_000, 100
	s := openOne(b)
	s.fill(size)
	bare := provider.Read{Base: base}
	list := func(query provider.Query) error { _, err := s.List(b.Context(), users, query); return err }
	filtered := func(text string) func(int) error {
		return func(n int) error {
			return list(provider.Query{Read: bare, Limit: limit, Filter: bind(b, users, fmt.Sprintf(text, n*37%size+1, n*37%size%100))})
		}
	}
	find := filtered(`userName eq "user%[1]d@example.com"`)
	for name, text := range map[string]string{
		"and of three":           `title eq "title %[2]d" and emails[type eq "work" and value eq "user%[1]d@example.com"] and active eq true`,
		"and of three apart":     `active eq true and title eq "title %[2]d" and name.formatted eq "formatted%[1]d"`,
		"and of three and names": `active eq true and title eq "title %[2]d" and externalId eq "ext%[1]d"`,
	} {
		b.Run(name, func(b *testing.B) { versus(b, filtered(text), find) })
	}

	// A page is read without its count, which is the same for all pages and would hide the difference.
	page := func(query provider.Query) func(int) error {
		query.Read, query.Limit = bare, limit
		statement, args := s.ListStatement(users, query)
		statement = strings.Replace(statement, `SELECT count(*) AS total FROM `+s.schema.Table("users"), `SELECT 0::bigint AS total`, 1)
		return func(int) error {
			rows, err := s.db.Query(statement, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			n := 0
			for rows.Next() {
				n++
			}
			if n != limit {
				return fmt.Errorf("a page of %d", n)
			}
			return rows.Err()
		}
	}
	b.Run("count and first page", func(b *testing.B) {
		versus(b, func(int) error { return list(provider.Query{Read: bare, Limit: limit}) }, page(provider.Query{}))
	})
	for _, path := range []string{"", "userName", "displayName", "externalId", "title", "emails", "meta.lastModified"} {
		for _, descending := range []bool{false, true} {
			sort := sortBy(b, users, path, descending)
			if sort == nil && descending {
				continue
			}
			before, err := s.List(b.Context(), users, provider.Query{Read: bare, Sort: sort, Offset: 999*limit - 1, Limit: 1})
			if err != nil {
				b.Fatal(err)
			}
			name := fmt.Sprintf("sorted by %q, descending %v", path, descending)
			first := page(provider.Query{Sort: sort})
			b.Run(name+"/page 1", func(b *testing.B) { versus(b, first, page(provider.Query{})) })
			b.Run(name+"/page 1000", func(b *testing.B) { versus(b, page(provider.Query{Sort: sort, After: before.Next}), first) })
			b.Run(name+"/page 1000 by offset", func(b *testing.B) { versus(b, page(provider.Query{Sort: sort, Offset: 999 * limit}), first) })
		}
	}
}
