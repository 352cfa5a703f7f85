package live

import (
	"context"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/askspoke/spoke/tenancy"
)

// feedKey is a topic of a tenant.
type feedKey struct {
	topic  string
	tenant tenancy.ID
}

// feed is a topic of a tenant that somebody watches.
type feed struct {
	viewers int // by the hub's mu
	stop    context.CancelFunc

	mu      sync.Mutex
	version int64 // grows with each change
	current []versioned
	failing time.Time     // since when it cannot be read; zero: it can
	tick    chan struct{} // closed after each read
}

// versioned is a fragment, and the version of the feed in which it last changed.
type versioned struct {
	Fragment
	version int64
}

// join counts a viewer of a session in. leave has to be called.
func (h *Hub) join(key feedKey, session string) (f *feed, leave func(), err error) {
	topic, ok := h.topic(key.topic)
	if !ok {
		return nil, nil, fmt.Errorf("watch %.40q: %w", key.topic, ErrTopic)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.ctx.Err() != nil:
		return nil, nil, ErrDraining
	case h.streams >= h.config.PerProcess, h.tenants[key.tenant] >= h.config.PerTenant, h.sessions[session] >= h.config.PerSession:
		return nil, nil, ErrTooMany
	}
	h.streams++
	h.tenants[key.tenant]++
	h.sessions[session]++
	f = h.feeds[key]
	if f == nil {
		ctx, stop := context.WithCancel(h.ctx)
		f = &feed{stop: stop, tick: make(chan struct{})}
		h.feeds[key] = f
		go h.run(ctx, f, topic, key.tenant)
	}
	f.viewers++
	return f, func() { h.leave(key, f, session) }, nil
}

// topic finds what is watched. Of many things, each is a topic of its own.
func (h *Hub) topic(watched string) (Topic, bool) {
	name, of, one := strings.Cut(watched, "/")
	topic, ok := h.topics[name]
	if !ok || one != (topic.OpenOf != nil) {
		return Topic{}, false
	}
	if one {
		topic.Open = func(tenant tenancy.ID) Read { return topic.OpenOf(tenant, of) }
	}
	return topic, true
}

func (h *Hub) leave(key feedKey, f *feed, session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams--
	if h.tenants[key.tenant]--; h.tenants[key.tenant] == 0 {
		delete(h.tenants, key.tenant)
	}
	if h.sessions[session]--; h.sessions[session] == 0 {
		delete(h.sessions, session)
	}
	if f.viewers--; f.viewers == 0 {
		f.stop()
		delete(h.feeds, key)
	}
}

// run reads the topic until ctx ends.
func (h *Hub) run(ctx context.Context, f *feed, topic Topic, tenant tenancy.ID) {
	var (
		failing time.Time
		read    Read
	)
	pause := h.config.Every
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		fragments, err := h.read(ctx, topic, tenant, &read)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && failing.IsZero():
			failing = h.config.Now()
			h.config.Logger.WarnContext(ctx, "page not read for its viewers", "topic", topic.Name, "tenant_id", string(tenant), "error", err)
		case err != nil:
			pause = min(2*pause, h.config.Seldom)
		default:
			failing, pause = time.Time{}, h.config.Every
		}
		f.publish(fragments, failing)
		timer.Reset(max(0, pause-time.Since(began)))
	}
}

// read reads the topic once, and opens it where that was not done. What panics is an error: one page must not end the process.
func (h *Hub) read(ctx context.Context, topic Topic, tenant tenancy.ID, read *Read) (list []Fragment, err error) {
	h.mu.Lock()
	h.reads++
	h.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			list, err = nil, fmt.Errorf("read topic %q: panic: %v\n%s", topic.Name, p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, h.config.Timeout)
	defer cancel()
	if *read == nil {
		*read = topic.Open(tenant)
	}
	if list, err = (*read)(ctx); err != nil {
		return nil, err
	}
	for _, fragment := range list {
		if !idPattern.MatchString(fragment.ID) {
			return nil, fmt.Errorf("read topic %q: %q is no id", topic.Name, fragment.ID)
		}
	}
	return list, nil
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// publish notes what is so now, and wakes who watches.
func (f *feed) publish(fragments []Fragment, failing time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.version + 1
	for _, fragment := range fragments {
		i := slices.IndexFunc(f.current, func(c versioned) bool { return c.ID == fragment.ID })
		switch {
		case i < 0:
			f.current, f.version = append(f.current, versioned{fragment, next}), next
		case f.current[i].HTML != fragment.HTML:
			f.current[i], f.version = versioned{fragment, next}, next
		}
	}
	f.failing = failing
	close(f.tick)
	f.tick = make(chan struct{})
}

// state is what a feed has for a viewer.
type state struct {
	changed []Fragment // after the version that he has
	version int64
	failing time.Time
}

// since returns what there is after a version, and what is closed when there may be more.
func (f *feed) since(version int64) (state, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := state{version: f.version, failing: f.failing}
	for _, c := range f.current {
		if c.version > version {
			s.changed = append(s.changed, c.Fragment)
		}
	}
	return s, f.tick
}
