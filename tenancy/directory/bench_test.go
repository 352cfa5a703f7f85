package directory_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
)

const benchUser = `{"userName":%q,"displayName":"User Number %d","externalId":%q,"active":true,"title":"Engineer %d",
	"name":{"givenName":"Given %[2]d","familyName":"Family %[2]d","formatted":"Given Family"},
	"emails":[{"type":"work","value":%[1]q,"primary":true}],"addresses":[{"type":"work","locality":"Paris","country":"FR","region":"IDF"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D"},
	"urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User":{"startDate":"2026-01-01"}}`

// parallel runs the work in 8 goroutines and reports the operations in a second.
func parallel(b *testing.B, work func(n int) error) {
	b.Helper()
	var n atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := work(int(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// BenchmarkRead sets each read beside the plainest statement that gives the same.
func BenchmarkRead(b *testing.B) {
	s := openOne(b)
	s.fill(10_000)
	var ids []string
	if err := s.db.Select(&ids, `SELECT id FROM `+s.schema.Table("users")); err != nil {
		b.Fatal(err)
	}
	bare := provider.Read{Base: base}
	plain := `SELECT id, version, created, modified, document FROM ` + s.schema.Table("users")
	one := func(condition string, arg any) error {
		var d resource.Document
		return s.db.QueryRow(plain+` WHERE `+condition, arg).Scan(&d.ID, &d.Version, &d.Created, &d.Modified, &d.Body)
	}
	b.Run("get/plain", func(b *testing.B) {
		parallel(b, func(n int) error { return one(`id = $1`, ids[n%len(ids)]) })
	})
	for name, read := range map[string]provider.Read{"get/store": bare, "get/groups": whole} {
		b.Run(name, func(b *testing.B) {
			parallel(b, func(n int) error { _, err := s.Get(b.Context(), users, ids[n%len(ids)], read); return err })
		})
	}
	b.Run("find/plain", func(b *testing.B) {
		parallel(b, func(n int) error { return one(`user_name = $1`, fmt.Sprintf("user%d@example.com", n%9000+1)) })
	})
	for name, filter := range map[string]string{
		"find/userName": `userName eq "user%d@example.com"`, "find/externalId": `externalId eq "ext%d"`,
		"find/email": `emails[type eq "work" and value eq "user%d@example.com"]`,
	} {
		b.Run(name, func(b *testing.B) {
			parallel(b, func(n int) error {
				node := bind(b, users, fmt.Sprintf(filter, n%9000+1))
				_, err := s.List(b.Context(), users, provider.Query{Read: bare, Filter: node, Limit: 100})
				return err
			})
		})
	}
	for _, offset := range []int{0, 9000} {
		b.Run(fmt.Sprint("list100/plain/", offset), func(b *testing.B) {
			parallel(b, func(int) error {
				var list []struct {
					ID, Document      string
					Version, Total    int
					Created, Modified time.Time
				}
				return s.db.Select(&list, `SELECT id, version, created, modified, document, (SELECT count(*) FROM `+
					s.schema.Table("users")+`) AS total FROM `+s.schema.Table("users")+` ORDER BY created, id OFFSET $1 LIMIT 100`, offset)
			})
		})
		b.Run(fmt.Sprint("list100/store/", offset), func(b *testing.B) {
			parallel(b, func(int) error {
				_, err := s.List(b.Context(), users, provider.Query{Read: bare, Offset: offset, Limit: 100})
				return err
			})
		})
	}
}

// BenchmarkWrite sets a create and an update beside the plainest statement that writes the same with a journal row.
func BenchmarkWrite(b *testing.B) {
	s := openOne(b)
	s.fill(10_000)
	usersTable, journalTable := s.schema.Table("users"), s.schema.Table("journal")
	draftOf := func(b *testing.B, n int) provider.Draft {
		b.Helper()
		name := fmt.Sprintf("%d-%d@example.com", n, rand.Int64())
		return draft(b, users, fmt.Sprintf(benchUser, name, n, name, n))
	}
	b.Run("create/store", func(b *testing.B) {
		parallel(b, func(n int) error { _, err := s.Create(b.Context(), users, draftOf(b, n), whole); return err })
	})
	b.Run("create/plain", func(b *testing.B) {
		parallel(b, func(n int) error {
			d := draftOf(b, n)
			_, err := s.db.Exec(`WITH u AS (INSERT INTO `+usersTable+` (id, user_name, external_id, display_name, display, document, search, version, created, modified)
				VALUES ($1, $2, $2, 'd', 'D', $3::text::json, $4, 1, $5, $5) RETURNING id)
				INSERT INTO `+journalTable+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
				SELECT $6, $5, 'create', 'User', id, 1, '', '', $4 FROM u`, d.ID, d.Object["userName"], string(d.Body), string(d.Body), at, uuid.NewString())
			return err
		})
	})
	var ids []string
	if err := s.db.Select(&ids, `SELECT id FROM `+usersTable+` ORDER BY random() LIMIT 5000`); err != nil {
		b.Fatal(err)
	}
	b.Run("update/store", func(b *testing.B) {
		parallel(b, func(n int) error {
			d := draftOf(b, n)
			d.Object["id"] = ids[n%len(ids)]
			old, err := s.Get(b.Context(), users, ids[n%len(ids)], provider.Read{})
			if err != nil {
				return err
			}
			_, err = s.Update(b.Context(), users, provider.Update{
				ID: old.ID, Version: old.Version, At: at, Object: d.Object, Body: d.Body,
				Changes: []resource.Change{{Path: "title", Old: "a", New: "b"}},
			}, whole)
			return err
		})
	})
	b.Run("update/plain", func(b *testing.B) {
		parallel(b, func(n int) error {
			d := draftOf(b, n)
			var version int64
			var document []byte
			if err := s.db.QueryRow(`SELECT version, document FROM `+usersTable+` WHERE id = $1`, ids[n%len(ids)]).Scan(&version, &document); err != nil {
				return err
			}
			_, err := s.db.Exec(`WITH u AS (UPDATE `+usersTable+` SET document = $3::text::json, search = $4, user_name = $2, version = version + 1, modified = $5
				WHERE id = $1 AND version = $7 RETURNING id, version)
				INSERT INTO `+journalTable+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
				SELECT $6, $5, 'update', 'User', id, version, '', '', '{}' FROM u`, ids[n%len(ids)], d.Object["userName"], string(d.Body), string(d.Body), at, uuid.NewString(), version)
			return err
		})
	})
}

// BenchmarkMembers adds one member to groups of several sizes, each request to another one of a hundred groups, and
// takes it out again.
func BenchmarkMembers(b *testing.B) {
	for _, size := range []int{10, 1000, 10_000} {
		s := openOne(b)
		s.fill(10_100)
		teams := s.fillGroups(40, size)
		var spare []string
		if err := s.db.Select(&spare, `SELECT id FROM `+s.schema.Table("users")+` ORDER BY created DESC, id LIMIT 100`); err != nil {
			b.Fatal(err)
		}
		members, table, journalTable := s.schema.Table("members"), s.schema.Table("groups"), s.schema.Table("journal")
		b.Run(fmt.Sprintf("%d/store", size), func(b *testing.B) {
			parallel(b, func(n int) error {
				m := provider.Members{Add: []string{spare[n/80%100]}}
				if n/40%2 == 1 {
					m = provider.Members{Remove: m.Add}
				}
				_, err := s.Update(b.Context(), groups, provider.Update{ID: teams[n%40], At: at, Members: m}, provider.Read{})
				return err
			})
		})
		b.Run(fmt.Sprintf("%d/plain", size), func(b *testing.B) {
			parallel(b, func(n int) error {
				change := `INSERT INTO ` + members + ` (group_id, member_id, user_id, added) SELECT $1, $2, $2, $3 ON CONFLICT DO NOTHING RETURNING group_id`
				if n/40%2 == 1 {
					change = `DELETE FROM ` + members + ` WHERE group_id = $1 AND member_id = $2 RETURNING group_id`
				}
				_, err := s.db.Exec(`WITH m AS (`+change+`), g AS (UPDATE `+table+` SET version = version + 1, modified = $3::timestamptz
					WHERE id = $1 AND EXISTS (SELECT 1 FROM m) RETURNING id, version)
					INSERT INTO `+journalTable+` (id, at, action, resource_type, resource_id, version, actor, request_id, detail)
					SELECT $4, $3, 'member', 'Group', id, version, '', '', '{}' FROM g`, teams[n%40], spare[n/80%100], at, uuid.NewString())
				return err
			})
		})
	}
}

// fillGroups writes n groups that all have the first size users as members.
func (s tenant) fillGroups(n, size int) []string {
	s.Helper()
	var ids []string
	err := s.db.Select(&ids, `INSERT INTO `+s.schema.Table("groups")+` (id, display_name, display, document, search, version, created, modified)
		SELECT gen_random_uuid(), 'big '||i, 'Big '||i, '{}', '{}', 1, $1, $1 FROM generate_series(1, $2) i RETURNING id`, at, n)
	if err != nil {
		s.Fatal(err)
	}
	for _, id := range ids {
		s.db.MustExec(`INSERT INTO `+s.schema.Table("members")+` (group_id, member_id, user_id, added)
			SELECT $1, id, id, $2 FROM `+s.schema.Table("users")+` ORDER BY created LIMIT $3`, id, at, size)
	}
	s.db.MustExec(`VACUUM ANALYZE ` + s.schema.Table("members") + `, ` + s.schema.Table("groups"))
	return ids
}
