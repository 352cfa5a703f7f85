package ratelimit

import (
	"hash/maphash"
	"sync"
)

// How the table is divided, so that requests of different subjects seldom wait for each other.
const (
	shardCount = 64
	examined   = 8 // entries that a new one has looked at
)

// table holds what is in use.
type table struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

type shard struct {
	mu      sync.Mutex
	most    int // entries
	entries map[Subject]*entry
}

// entry is a bucket and who waits for its tokens. It is guarded by its shard.
type entry struct {
	bucket bucket
	queue  queue
}

func newTable(size int) *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].most = max(1, (size+shardCount-1)/shardCount)
		t.shards[i].entries = make(map[Subject]*entry)
	}
	return t
}

func (t *table) shard(subject Subject) *shard {
	return &t.shards[maphash.Comparable(t.seed, subject)%shardCount]
}

// entry returns the subject's entry, a new one with a full bucket when there is none. The shard is locked.
func (s *shard) entry(subject Subject, now int64) *entry {
	e, ok := s.entries[subject]
	if !ok {
		s.makeRoom(now)
		e = new(entry)
		s.entries[subject] = e
	}
	return e
}

// makeRoom removes full buckets, which are as good as none, and in a shard that has no more room the fullest that it
// has looked at. It looks at few, in the random order of a map: whoever adds one removes up to eight, so what nobody
// uses any more does not stay.
func (s *shard) makeRoom(now int64) {
	var fullest Subject
	var least *entry
	n := 0
	for subject, e := range s.entries {
		if n++; n > examined {
			break
		}
		switch {
		case e.queue.busy():
		case int64(e.bucket) <= now:
			delete(s.entries, subject)
		case least == nil || e.bucket < least.bucket:
			fullest, least = subject, e
		}
	}
	if least != nil && len(s.entries) >= s.most {
		delete(s.entries, fullest)
	}
}
