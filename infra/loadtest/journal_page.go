package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const (
	journalRows = 1_000_000
	journalPage = 100
	// journalReads are those of a page in one round.
	journalReads = 200
)

// compareJournalPages fills a journal of a tenant of its own and reads the last page of it, which cursors led to, and the
// first one, from Postgres as the API does.
func compareJournalPages(ctx context.Context, m *machine, b *bench) (r result, err error) {
	p := newProgress(os.Stderr, "journal-page", 2+b.options.rounds)
	defer func() { p.finish(err) }()
	_, schema, err := m.createTenant(ctx, b, "pages")
	if err != nil {
		return result{}, err
	}
	if err := b.fillJournal(ctx, schema); err != nil {
		return result{}, err
	}
	p.step()
	db, err := tenantdb.Open(ctx, m.postgres.URL(), tenantdb.Options{})
	if err != nil {
		return result{}, err
	}
	defer db.Close()
	last, err := walkJournal(ctx, db, schema)
	if err != nil {
		return result{}, err
	}
	p.step()
	queries := []journal.Query{{Limit: journalPage, After: last}, {Limit: journalPage}}
	r = result{
		clients: 1, sides: []side{{name: "journal, last page"}, {name: "journal, first page"}}, rounds: make([][]round, len(queries)),
	}
	for n := range 1 + b.options.rounds { // the first warms up
		for turn := range queries {
			i := (n + turn) % len(queries)
			one, err := readJournal(ctx, db, schema, queries[i])
			if err != nil {
				return result{}, err
			}
			if n > 0 {
				r.rounds[i] = append(r.rounds[i], one)
			}
		}
		p.step()
	}
	return r, nil
}

// fillJournal writes entries of many resources, a millisecond apart, of which each hundredth was refused.
func (b *bench) fillJournal(ctx context.Context, schema tenantdb.Schema) error {
	table := schema.Table("journal")
	const batch = 100_000
	for from := 0; from < journalRows; from += batch {
		_, err := b.db.ExecContext(ctx, `INSERT INTO `+table+` (id, at, outcome, status, action, resource_type, resource_id, version,
				actor, request_id, provider_request_id, duration, detail)
			SELECT (lpad(to_hex((extract(epoch FROM $3::timestamptz) * 1000)::bigint + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
				$3::timestamptz + n * interval '1 millisecond', CASE WHEN n % 100 = 0 THEN 'refused' ELSE 'accepted' END,
				CASE WHEN n % 100 = 0 THEN 400 ELSE 0 END, 'update', 'User', md5((n % 50000)::text)::uuid, 1, md5('actor'), md5(n::text),
				md5('theirs' || n), 1500, jsonb_build_object('title', jsonb_build_array('Engineer ' || n, 'Director ' || n))
			FROM generate_series($1::int, $2::int) n`, from, from+batch-1, time.Now().Add(-journalRows*time.Millisecond))
		if err != nil {
			return fmt.Errorf("fill a journal: %w", err)
		}
	}
	if _, err := b.db.ExecContext(ctx, `VACUUM (ANALYZE) `+table); err != nil {
		return fmt.Errorf("vacuum: %w", err)
	}
	return nil
}

// walkJournal goes from page to page to the beginning of the last one.
func walkJournal(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema) (place string, err error) {
	for left := journalRows - journalPage; left > 0; {
		page, err := journal.List(ctx, db, schema, journal.Query{Limit: min(left, journal.MaxList), After: place})
		if err != nil {
			return "", err
		}
		if page.Next == "" || len(page.Entries) == 0 {
			return "", fmt.Errorf("the journal ends with %d entries to come", left)
		}
		place, left = page.Next, left-len(page.Entries)
	}
	return place, nil
}

// readJournal reads a page again and again.
func readJournal(ctx context.Context, db *tenantdb.DB, schema tenantdb.Schema, q journal.Query) (round, error) {
	r := round{each: 1}
	start := time.Now()
	for range journalReads {
		sent := time.Now()
		page, err := journal.List(ctx, db, schema, q)
		if err != nil {
			return r, err
		}
		if len(page.Entries) != journalPage || (page.Next == "") != (q.After != "") {
			return r, fmt.Errorf("the page has %d entries and the next place %q", len(page.Entries), page.Next)
		}
		r.latencies = append(r.latencies, time.Since(sent))
	}
	r.elapsed = time.Since(start)
	return r, nil
}
