// Package transfer carries a tenant from one installation to another: [Transfer.Export] writes one as a stream, and
// [Transfer.Import] makes a tenant of such a stream.
//
// It carries what the tenant has in its directory and its journal, its name, settings and schema extensions. It carries
// no secret and nothing that belongs to one installation: no tokens, OAuth clients or their keys, no hosts, set-up links,
// audit log. Nor does it carry what is made anew where the tenant goes on: counts of requests (activity), the cycles made from
// them, and deletions that are held.
//
// # Format
//
// The stream is UTF-8 text of lines that end with a line feed. Each is one JSON object whose first member is kind, written
// without blanks before it. Times are RFC 3339 in UTC. The lines come in this order:
//
//	{"kind":"header","format":"spoke-tenant","format_version":1,"exported_at":…,"schema_version":2,
//	 "counts":{"users":1,"groups":2,"members":2,"journal":3},
//	 "tenant":{"id":…,"slug":…,"name":…,"created_at":…,
//	  "settings":{"unique_group_names":true,"profile":"auto","plan":"","guard":{…},"notify":[…]}},
//	 "extensions":[{"resource_type":"User","document":{…},"created_at":…,"updated_at":…}]}
//
// one line, the first. schema_version and the tenant's id and created_at are for people. document is the SCIM schema.
//
//	{"kind":"user","version":3,"created":…,"modified":…,"document":{"schemas":[…],"id":…,"userName":…}}
//
// one for each user, in the order of their ids. document is the resource as clients read it, less groups and meta; version
// is what its ETag holds; times have milliseconds.
//
//	{"kind":"group","version":1,"created":…,"modified":…,"document":{"schemas":[…],"id":…,"displayName":…}}
//
// one for each group, in the order of their ids, less members and meta.
//
//	{"kind":"member","group":…,"user":…,"added":…}
//	{"kind":"member","group":…,"child":…,"added":…}
//
// one for each membership of a user, or of a group (child), in the order of the groups and then of the members. Only direct
// memberships are listed.
//
//	{"kind":"journal","id":…,"at":…,"action":…,"resource_type":…,"resource_id":…,"version":…,"actor":…,"request_id":…,"detail":{…}}
//
// one for each entry of the journal, in the order in which those who follow it have read it. at has microseconds. What is not
// listed where it is empty: outcome ("accepted", also where there is none, or "refused"), the status of what was refused, the
// provider_request_id, and the duration in microseconds. resource_id is "" where a refused request named none.
//
//	{"kind":"end","users":1,"groups":2,"members":2,"journal":3,"sha256":…}
//
// the last line: how many there were of each kind, and the SHA-256 in hexadecimal of all bytes before this line. Without it
// the stream was broken off.
//
// The format is not extended in silence: whoever adds a member or a kind counts format_version up and goes on reading the
// versions before. So a stream of a later version is refused, with the advice to update, and an unknown member of this one
// too: nothing that was exported is ever left out of what is imported.
//
// # Invariants
//
//   - An export is the tenant at one moment. It holds up no request, and memory for a few chunks of rows.
//   - Two exports of what did not change differ in exported_at and so in the checksum alone; that of a tenant and that of what
//     was imported from it differ in the header's schema_version and the tenant's id, slug and created_at as well.
//   - An import is all or nothing. Nobody sees the tenant before its last line was read and found right.
//   - What is imported keeps its ids, versions and times, because identity providers remember them. The tenant has an id of
//     its own.
//   - The stream is not trusted: what is stored is what the directory could have stored by itself. That a user's manager and
//     the entries of the journal tell the truth is not known.
package transfer

import (
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Transfer exports and imports the tenants of one database. It is safe for concurrent use.
type Transfer struct {
	db        *tenantdb.DB
	manager   *lifecycle.Manager
	directory *directory.Directory
}

// New returns a Transfer. All three have the same database.
func New(db *tenantdb.DB, manager *lifecycle.Manager, d *directory.Directory) *Transfer {
	return &Transfer{db: db, manager: manager, directory: d}
}

// Counts are how many things there are of each kind.
type Counts struct {
	Users   int64 `json:"users"`
	Groups  int64 `json:"groups"`
	Members int64 `json:"members"`
	Journal int64 `json:"journal"`
}

// Total returns the sum.
func (c Counts) Total() int64 { return c.Users + c.Groups + c.Members + c.Journal }

// Progress is told how many things are done of how many, from 0 to all, now and then and by the goroutine that does them.
type Progress func(done, total int64)

// progressEvery is how many things are done between two calls of Progress.
const progressEvery = 500

// tell calls progress for the nth thing, where there is one to call.
func (p Progress) tell(done, total int64) {
	if p != nil && (done%progressEvery == 0 || done == total) {
		p(done, total)
	}
}
