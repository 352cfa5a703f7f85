// Package directory keeps a tenant's users, groups and memberships in Postgres: the implementation of provider.Store
// over the tables of a tenant's schema, and the translation of filters to SQL.
//
// It does not decide what a resource may hold (packages schema and provider do), who may ask, or how a change and its
// journal row travel together (package journal does).
//
// Invariants:
//   - A statement touches one tenant's schema. A read is one statement, but for what is too large for memory, which is a
//     snapshot (ADR 0010); a create, an update and a delete are one each, together with the journal row. There is a second
//     one where the first did nothing: to tell why, to make a change of members that is out of the ordinary, or to try
//     again what met another change.
//   - Whoever changes memberships locks the groups first, in the order of their ids, and only then what belongs to them.
//     So changes of one group come one after another, and a member cannot vanish while it is added. Whoever adds a group
//     to a group locks the row of nesting next, and names last.
//   - Values are arguments of statements, never text in them.
package directory

import (
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Directory makes the stores of all tenants of one database. It is safe for concurrent use.
type Directory struct {
	db        *tenantdb.DB
	recorder  *journal.Recorder
	guard     *guard.Store
	snapshots *semaphore.Weighted // those that are held at once
	nestings  sync.Map            // the tenantdb.Schema of each tenant that was seen to have groups in groups
}

// New returns a Directory that reads from db and writes through recorder, which has the same database.
func New(db *tenantdb.DB, recorder *journal.Recorder) *Directory {
	most := max(1, db.Stats().MaxOpenConnections/snapshotShare)
	return &Directory{db: db, recorder: recorder, guard: guard.New(db, nil), snapshots: semaphore.NewWeighted(int64(most))}
}

// Store is the directory of one tenant: a provider.Store. It is a small value that is cheap to make, safe for
// concurrent use.
type Store struct {
	*Directory
	reads                           reader
	schema                          tenantdb.Schema
	users, groups, members, nesting string // qualified names
	uniqueGroupNames                bool
	nests                           bool // it has groups in groups; else it may have
}

// Store returns the directory of the tenant whose schema is given. uniqueGroupNames refuses a group whose displayName
// another group has.
func (d *Directory) Store(s tenantdb.Schema, uniqueGroupNames bool) Store {
	_, nests := d.nestings.Load(s)
	return Store{
		Directory: d, reads: d.db, schema: s, uniqueGroupNames: uniqueGroupNames, nests: nests,
		users: s.Table("users"), groups: s.Table("groups"), members: s.Table("members"), nesting: s.Table("nesting"),
	}
}

// table returns the qualified name of the table that holds resources of the type.
func (s Store) table(t *schema.ResourceType) string {
	if isGroup(t) {
		return s.groups
	}
	return s.users
}

func isGroup(t *schema.ResourceType) bool { return t.Relation == "members" }

// instant is a time in the resolution that documents have.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
