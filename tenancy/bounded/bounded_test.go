package bounded_test

import (
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy/bounded"
)

type key struct{ tenant, id string }

func TestMap(t *testing.T) {
	m := bounded.New[key, int](bounded.Options{Size: 10})
	one, two := key{"acme", "1"}, key{"acme", "2"}
	if v, ok := m.Get(one); ok {
		t.Errorf("an empty map has %d", v)
	}
	m.Set(one, 1)
	m.Set(two, 2)
	m.Set(two, 3)
	if v, ok := m.Get(two); !ok || v != 3 {
		t.Errorf("got %d, %v, want 3", v, ok)
	}
	has(t, m, map[key]int{one: 1, two: 3})
	m.Delete(one)
	has(t, m, map[key]int{two: 3})
	m.Clear()
	has(t, m, map[key]int{})
}

func TestKeepsNil(t *testing.T) {
	m := bounded.New[string, error](bounded.Options{Size: 10})
	m.Set("nil", nil)
	m.Set("error", errors.ErrUnsupported)
	if v, ok := m.Get("nil"); !ok || v != nil {
		t.Errorf("got %v, %v, want nil", v, ok)
	}
	has(t, m, map[string]error{"nil": nil, "error": errors.ErrUnsupported})
	for range m.All() {
		break // a range that is left
	}
}

func TestIsBounded(t *testing.T) {
	m := bounded.New[int, int](bounded.Options{Size: 100})
	for i := range 10_000 {
		m.Set(i, i)
	}
	fixture.Eventually(t, "no more than 100 entries are kept", func() bool { // otter evicts beside its caller
		return len(maps.Collect(m.All())) <= 100
	})
	defer func() {
		if recover() == nil {
			t.Error("a map without a size is made")
		}
	}()
	bounded.New[int, int](bounded.Options{})
}

func TestForgetsInTime(t *testing.T) {
	var passed atomic.Int64 // the map looks at its clock beside its caller
	now := func() time.Time { return time.Unix(1_700_000_000, passed.Load()) }
	m := bounded.New[string, int](bounded.Options{Size: 10, TTL: time.Minute, Now: now})
	m.Set("a", 1)
	passed.Store(int64(59 * time.Second))
	has(t, m, map[string]int{"a": 1})
	passed.Store(int64(time.Minute))
	if _, ok := m.Get("a"); ok {
		t.Error("what is too old is there")
	}
	has(t, m, map[string]int{})
}

func has[K, V comparable](t *testing.T, m bounded.Map[K, V], want map[K]V) {
	t.Helper()
	if got := maps.Collect(m.All()); !maps.Equal(got, want) {
		t.Errorf("the map has %v, want %v", got, want)
	}
}
