package transfer

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Importing says what of an export to take otherwise than it is there. The zero value takes all of it.
type Importing struct {
	Slug     tenancy.Slug // empty: that of the export
	Name     string       // empty: that of the export
	Plan     *string      // nil: that of the export; it must be known here
	Request  tenancy.ID   // what the import is made for, as lifecycle.Import has it; empty: nothing
	Progress Progress
}

// Import makes a tenant of a stream that Export wrote, here or elsewhere, and returns it active. All the time the stream
// takes, connections are held: ctx must have an end, and a Read that blocks must come to one with it.
//
// Errors: *tenancy.ImportError for what is wrong with the stream, which names the line; *tenancy.SlugError,
// *tenancy.SettingError, tenancy.ErrExtensionLimit, tenancy.ErrSlugTaken; *tenancy.StateError where somebody creates,
// imports or removes a tenant of that slug just now; those of r, of ctx and of the database, after which the same import
// may be tried again. Then nothing is left of it, or what is left is removed by the next import of the slug and by
// lifecycle.Manager.PurgeDue.
func (t *Transfer) Import(ctx context.Context, r io.Reader, o Importing) (tenancy.Tenant, error) {
	in := newReader(r)
	h, extensions, err := in.header()
	if err != nil {
		return tenancy.Tenant{}, fmt.Errorf("import tenant: %w", err)
	}
	request := lifecycle.Import{
		Slug: tenancy.Slug(h.Tenant.Slug), Name: h.Tenant.Name, Settings: tenancy.Settings(h.Tenant.Settings), Extensions: extensions,
		Request: o.Request,
	}
	if o.Slug != "" {
		request.Slug = o.Slug
	}
	if o.Name != "" {
		request.Name = o.Name
	}
	if o.Plan != nil {
		request.Settings.Plan = *o.Plan
	}
	request.Fill = func(ctx context.Context, tenant tenancy.Tenant) error {
		return t.fill(ctx, tenant, in, h.Counts, extensions, o.Progress)
	}
	return t.manager.Import(ctx, request)
}

func (t *Transfer) fill(ctx context.Context, tenant tenancy.Tenant, in *reader, want Counts, extensions []tenancy.Extension, progress Progress) error {
	schema := tenantdb.SchemaFor(tenant.ID)
	loader, err := t.directory.Store(schema, tenant.Settings.UniqueGroupNames).Load(tenancy.NewExtensions(extensions))
	if err != nil {
		return err
	}
	entries := journal.Load(t.db, schema)
	i := &importer{reader: in, directory: loader, journal: entries}
	if err := i.takeAll(ctx, want, progress); err != nil {
		return err
	}
	if err := loader.Finish(ctx); err != nil {
		return err
	}
	return entries.Finish(ctx)
}

// importer takes over one line after another.
type importer struct {
	*reader
	directory interface {
		AddUser(ctx context.Context, line int64, r directory.Record) error
		AddGroup(ctx context.Context, line int64, r directory.Record) error
		AddMember(ctx context.Context, line int64, m directory.Membership) error
	}
	journal interface {
		Add(ctx context.Context, line int64, e journal.Entry) error
	}
	counts  Counts
	section int // how many kinds are behind us
}

// takeAll takes over every line behind the header.
func (i *importer) takeAll(ctx context.Context, want Counts, progress Progress) error {
	if progress != nil {
		progress(0, want.Total())
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := i.next(); err != nil {
			return err
		}
		if i.kind == kindEnd {
			return i.end(want)
		}
		if err := i.take(ctx); err != nil {
			return err
		}
		progress.tell(i.counts.Total(), want.Total())
	}
}

// sections are the kinds of lines between the header and the end, in their order.
var sections = []kind{kindUser, kindGroup, kindMember, kindJournal}

// take takes over the line that was read last.
func (i *importer) take(ctx context.Context) error {
	for i.section < len(sections) && sections[i.section] != i.kind {
		i.section++
	}
	if i.section == len(sections) {
		return i.refuse(tenancy.ImportMalformed,
			"The line is of no kind that may stand here: users come first, then groups, members, the journal and the end, and each begins with its kind.")
	}
	switch i.kind {
	case kindMember:
		return i.takeMember(ctx)
	case kindJournal:
		return i.takeEntry(ctx)
	}
	var line recordLine
	if err := i.decode(&line); err != nil {
		return err
	}
	record := directory.Record{Version: line.Version, Created: line.Created.Time, Modified: line.Modified.Time, Document: line.Document}
	if i.kind == kindGroup {
		i.counts.Groups++
		return i.directory.AddGroup(ctx, i.line, record)
	}
	i.counts.Users++
	return i.directory.AddUser(ctx, i.line, record)
}

func (i *importer) takeMember(ctx context.Context) error {
	var line memberLine
	if err := i.decode(&line); err != nil {
		return err
	}
	i.counts.Members++
	return i.directory.AddMember(ctx, i.line, directory.Membership{Group: line.Group, User: line.User, Child: line.Child, Added: line.Added.Time})
}

func (i *importer) takeEntry(ctx context.Context) error {
	var line journalLine
	if err := i.decode(&line); err != nil {
		return err
	}
	i.counts.Journal++
	return i.journal.Add(ctx, i.line, journal.Entry{
		ID: line.ID, At: line.At.Time, Action: journal.Action(line.Action), ResourceType: line.ResourceType, ResourceID: line.ResourceID,
		Version: line.Version, Actor: line.Actor, RequestID: line.RequestID, Detail: line.Detail,
		Outcome: journal.Outcome(line.Outcome), Status: line.Status, ProviderRequestID: line.ProviderID,
		Duration: time.Duration(line.Microseconds) * time.Microsecond,
	})
}

// end compares the last line with what came before it.
func (i *importer) end(header Counts) error {
	var line endLine
	if err := i.decode(&line); err != nil {
		return err
	}
	switch {
	case line.Counts != i.counts:
		return i.refuse(tenancy.ImportCount, "Lines are missing or too many: the export says that it has %s, and it has %s.", line.Counts, i.counts)
	case header != i.counts:
		return i.refuse(tenancy.ImportCount, "Lines are missing or too many: the header says that there are %s, and there are %s.", header, i.counts)
	case line.SHA256 != i.digest():
		return i.refuse(tenancy.ImportChecksum, "The checksum differs: the file was changed after it was exported, or damaged on its way. Export the tenant again.")
	}
	return i.ended()
}

// String lists the numbers.
func (c Counts) String() string {
	return fmt.Sprintf("%d users, %d groups, %d members and %d entries of the journal", c.Users, c.Groups, c.Members, c.Journal)
}
