package transfer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Exporting says how to export. The zero value is a good one.
type Exporting struct {
	Progress Progress
}

// Export writes a tenant to w in the format of this package, as it is at one moment, and returns what it wrote. It exports
// tenants that are active, suspended, paused or deleting. Nothing is written where the tenant cannot be exported; what
// fails later leaves a stream without its last line, which Import refuses. However slow w is, no statement runs meanwhile,
// but connections are held and migrations of the tenant wait: ctx must have an end, and a w that blocks must come to one
// with it. Errors: tenancy.ErrNotFound, *tenancy.StateError, those of w and of ctx.
func (t *Transfer) Export(ctx context.Context, id tenancy.ID, w io.Writer, o Exporting) (Counts, error) {
	var written Counts
	err := t.manager.Snapshot(ctx, id, func(ctx context.Context, s lifecycle.Snapshot) error {
		total, err := count(ctx, s.Tx, tenantdb.SchemaFor(id))
		if err != nil {
			return err
		}
		e := &exporter{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), total: total.Total(), progress: o.Progress}
		e.encoder = json.NewEncoder(&e.line)
		e.encoder.SetEscapeHTML(false)
		store := t.directory.Store(tenantdb.SchemaFor(id), s.Tenant.Settings.UniqueGroupNames)
		if err = e.export(ctx, s, store, total); err == nil {
			err = e.out.Flush()
		}
		written = e.counts
		return err
	})
	if err != nil {
		return written, fmt.Errorf("export tenant %s: %w", id, err)
	}
	return written, nil
}

// count counts in steps, none of which is long enough for a statement_timeout.
func count(ctx context.Context, tx *sqlx.Tx, schema tenantdb.Schema) (c Counts, err error) {
	const step = 100_000
	for table, n := range map[string]*int64{"users": &c.Users, "groups": &c.Groups, "members": &c.Members, "journal": &c.Journal} {
		if _, err := tx.ExecContext(ctx, `DECLARE counted NO SCROLL CURSOR FOR SELECT 1 FROM `+schema.Table(table)); err != nil {
			return c, fmt.Errorf("count %s: %w", table, err)
		}
		for more := true; more; {
			result, err := tx.ExecContext(ctx, fmt.Sprintf(`MOVE FORWARD %d IN counted`, step))
			if err != nil {
				return c, fmt.Errorf("count %s: %w", table, err)
			}
			moved, err := result.RowsAffected()
			if err != nil {
				return c, fmt.Errorf("count %s: %w", table, err)
			}
			*n += moved
			more = moved == step
		}
		if _, err := tx.ExecContext(ctx, `CLOSE counted`); err != nil {
			return c, fmt.Errorf("count %s: %w", table, err)
		}
	}
	return c, nil
}

type exporter struct {
	out      *bufio.Writer
	sum      hash.Hash
	line     bytes.Buffer
	encoder  *json.Encoder
	counts   Counts
	total    int64
	progress Progress
}

// write writes one line. One that Import would refuse for its length ends the export.
func (e *exporter) write(line any) error {
	e.line.Reset()
	if err := e.encoder.Encode(line); err != nil {
		return fmt.Errorf("encode a line: %w", err)
	}
	if e.line.Len() > maxLine {
		return &LongLineError{Bytes: e.line.Len()}
	}
	e.sum.Write(e.line.Bytes())
	_, err := e.out.Write(e.line.Bytes())
	return err
}

// LongLineError says that something of a tenant is larger than an export can carry.
type LongLineError struct{ Bytes int }

// Error says how large.
func (e *LongLineError) Error() string {
	return fmt.Sprintf("a line of %d bytes is longer than %d, the most that can be imported", e.Bytes, maxLine)
}

// wrote counts a line.
func (e *exporter) wrote(n *int64) {
	*n++
	e.progress.tell(e.counts.Total(), e.total)
}

func (e *exporter) export(ctx context.Context, s lifecycle.Snapshot, store directory.Store, total Counts) error {
	if err := e.write(newHeader(s, total)); err != nil {
		return err
	}
	if e.progress != nil {
		e.progress(0, e.total)
	}
	record := func(k kind, n *int64) func(directory.Record) error {
		return func(r directory.Record) error {
			err := e.write(recordLine{Kind: k, Version: r.Version, Created: stamp{r.Created}, Modified: stamp{r.Modified}, Document: r.Document})
			e.wrote(n)
			return err
		}
	}
	if err := store.Users(ctx, s.Tx, record(kindUser, &e.counts.Users)); err != nil {
		return err
	}
	if err := store.Groups(ctx, s.Tx, record(kindGroup, &e.counts.Groups)); err != nil {
		return err
	}
	err := store.Memberships(ctx, s.Tx, func(m directory.Membership) error {
		err := e.write(memberLine{Kind: kindMember, Group: m.Group, User: m.User, Child: m.Child, Added: stamp{m.Added}})
		e.wrote(&e.counts.Members)
		return err
	})
	if err != nil {
		return err
	}
	err = journal.Export(ctx, s.Tx, tenantdb.SchemaFor(s.Tenant.ID), func(entry journal.Entry) error {
		err := e.write(journalLine{
			Kind: kindJournal, ID: entry.ID, At: microstamp{entry.At}, Action: string(entry.Action), ResourceType: entry.ResourceType,
			ResourceID: entry.ResourceID, Version: entry.Version, Actor: entry.Actor, RequestID: entry.RequestID, Detail: entry.Detail,
			Outcome: string(entry.Outcome), Status: entry.Status, ProviderID: entry.ProviderRequestID, Microseconds: entry.Duration.Microseconds(),
		})
		e.wrote(&e.counts.Journal)
		return err
	})
	if err != nil {
		return err
	}
	return e.write(endLine{Kind: kindEnd, Counts: e.counts, SHA256: hex.EncodeToString(e.sum.Sum(nil))})
}

func newHeader(s lifecycle.Snapshot, total Counts) header {
	t := s.Tenant
	h := header{
		Kind: kindHeader, Format: format, FormatVersion: formatVersion, ExportedAt: microstamp{s.At}, SchemaVersion: s.SchemaVersion,
		Counts: total, Extensions: []extensionLine{},
		Tenant: tenantLine{
			ID: t.ID, Slug: string(t.Slug), Name: t.Name, CreatedAt: microstamp{t.CreatedAt}, Settings: settings(t.Settings),
		},
	}
	if h.Tenant.Settings.Notify == nil {
		h.Tenant.Settings.Notify = []string{}
	}
	for _, e := range s.Extensions { // one that is being removed as well: there may be data under it
		h.Extensions = append(h.Extensions, extensionLine{e.ResourceType, json.RawMessage(e.Document), microstamp{e.CreatedAt}, microstamp{e.UpdatedAt}})
	}
	return h
}
