package live_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/services/console/live"
	"github.com/askspoke/spoke/tenancy"
)

// page is a topic whose content the test sets.
type page struct {
	mu    sync.Mutex
	of    map[tenancy.ID]string
	err   error
	panic bool
}

func (p *page) set(tenant tenancy.ID, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[tenant] = text
}

func (p *page) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *page) open(tenant tenancy.ID) live.Read {
	return func(context.Context) ([]live.Fragment, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.panic {
			panic("a page's mistake")
		}
		return []live.Fragment{{ID: "text", HTML: p.of[tenant]}, {ID: "still", HTML: "\n<p id=still>still</p>\n"}}, p.err
	}
}

// harness is a server of streams over real sockets, with the deadlines of a server whose answers end soon.
type harness struct {
	*live.Hub
	page   *page
	url    string
	check  atomic.Pointer[error] // of every viewer
	served chan error            // what Serve returned
}

const (
	one = tenancy.ID("one")
	two = tenancy.ID("two")
)

func serve(t *testing.T, config live.Config) *harness {
	t.Helper()
	h := &harness{page: &page{of: map[tenancy.ID]string{one: "first", two: "another's"}}, served: make(chan error, 1000)}
	config.Topics = append(config.Topics, live.Topic{Name: "page", Open: h.page.open})
	if config.Every == 0 {
		config.Every = 5 * time.Millisecond
	}
	h.Hub = live.New(config)
	h.allow(nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		err := h.Serve(w, r, query.Get("topic"), live.Viewer{
			Tenant: tenancy.ID(query.Get("tenant")), Session: query.Get("session"),
			Check: func(context.Context) error { return *h.check.Load() },
		})
		h.served <- err
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
		}
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(h.Drain)
	h.url = server.URL
	return h
}

func (h *harness) allow(err error) { h.check.Store(&err) }

// events is what a client reads.
type events struct {
	t      *testing.T
	lines  *bufio.Reader
	cancel context.CancelFunc
}

func (h *harness) watch(t *testing.T, tenant tenancy.ID, session string) *events {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"?topic=page&tenant="+string(tenant)+"&session="+session, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	return &events{t, bufio.NewReader(response.Body), cancel}
}

// next returns the next event, or comment.
func (e *events) next() (string, error) {
	var b strings.Builder
	for {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			return b.String(), err
		}
		if line == "\n" && b.Len() > 0 {
			return strings.TrimSuffix(b.String(), "\n"), nil
		}
		b.WriteString(line)
	}
}

// until reads until an event contains text, and returns it. It fails where one contains what it must not.
func (e *events) until(text string, not ...string) string {
	e.t.Helper()
	for {
		event, err := e.next()
		if err != nil {
			e.t.Fatalf("the stream ended before %q: %q, %v", text, event, err)
		}
		for _, n := range not {
			if strings.Contains(event, n) {
				e.t.Fatalf("before %q came %q", text, event)
			}
		}
		if strings.Contains(event, text) {
			return event
		}
	}
}

// end reads to the end, and returns the last event.
func (e *events) end() (last string) {
	for {
		event, err := e.next()
		if err != nil {
			return last
		}
		last = event
	}
}

// A viewer has all fragments at first, then those that change, as htmx swaps them, and those of his tenant alone; also
// longer than the server gives an answer.
func TestStream(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{})
	e := h.watch(t, one, "a")
	if first := e.until("data: <hx"); !cmp.Equal(first, `data: <hx-partial hx-target="#text" hx-swap="outerMorph">first</hx-partial>
data: <hx-partial hx-target="#still" hx-swap="outerMorph"><p id=still>still</p></hx-partial>`) {
		t.Errorf("%s", first)
	}
	h.page.set(two, "changed")
	h.page.set(one, "a\r\nb\rc\n\nd")
	if second := e.until("data: <hx", "changed", "another's"); second != `data: <hx-partial hx-target="#text" hx-swap="outerMorph">a
data: b
data: c
data: 
data: d</hx-partial>` {
		t.Errorf("%s", second)
	}
	began := time.Now()
	fixture.Eventually(t, "time passes", func() bool { return time.Since(began) > 300*time.Millisecond })
	h.page.set(one, "late")
	e.until("late")
}

// A hundred viewers of a tenant cost one reader, of whom one who does not read holds up nobody. When the last one goes,
// nothing is read any more.
func TestOneReader(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{PerSession: 1000, Every: 20 * time.Millisecond})
	var viewers []*events
	for range 100 {
		viewers = append(viewers, h.watch(t, one, "a"))
	}
	h.page.set(one, strings.Repeat("x", 1<<20)) // more than a socket holds
	for range 5 {
		h.page.set(one, "last")
		for _, e := range viewers[1:] {
			e.until("last")
		}
		h.page.set(one, "next")
		for _, e := range viewers[1:] {
			e.until("next")
		}
	}
	viewers[0].until("next")
	stats := h.Stats()
	if stats.Streams != 100 || stats.Feeds != 1 {
		t.Errorf("%+v", stats)
	}
	reads := h.Stats().Reads
	began := time.Now()
	fixture.Eventually(t, "it is read", func() bool { return h.Stats().Reads >= reads+10 })
	if most := int64(time.Since(began)/(20*time.Millisecond)) + 2; h.Stats().Reads-reads > most {
		t.Errorf("%d reads in %s", h.Stats().Reads-reads, time.Since(began))
	}
	for _, e := range viewers {
		e.cancel()
	}
	fixture.Eventually(t, "the viewers are gone", func() bool { s := h.Stats(); return s.Streams == 0 && s.Feeds == 0 })
	reads, began = h.Stats().Reads, time.Now()
	fixture.Eventually(t, "time passes", func() bool { return time.Since(began) > 200*time.Millisecond })
	if more := h.Stats().Reads - reads; more > 1 { // one may have been about to begin
		t.Errorf("%d reads for nobody", more)
	}
	if err := firstErr(h.served, 100); err != nil {
		t.Error(err)
	}
}

func firstErr(served <-chan error, n int) error {
	for range n {
		if err := <-served; err != nil {
			return err
		}
	}
	return nil
}

// What ends a session ends its streams, with an event that says so, and without what changed meanwhile.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{})
	e := h.watch(t, one, "a")
	e.until("first")
	h.allow(fmt.Errorf("the user was disabled: %w", live.ErrEnded))
	h.page.set(one, "secret")
	if last := e.end(); last != "event: ended\ndata: ended" {
		t.Errorf("the last event is %q", last)
	}
	if err := <-h.served; err != nil {
		t.Error(err)
	}
	response, err := http.Get(h.url + "?topic=page&tenant=one&session=a")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if err := <-h.served; response.StatusCode != http.StatusTeapot || !errors.Is(err, live.ErrEnded) {
		t.Errorf("a stream of an ended session: %s, %v", response.Status, err)
	}
	fixture.Eventually(t, "it is counted no more", func() bool { return h.Stats() == live.Stats{Reads: h.Stats().Reads} })
}

// While nobody can tell whether a viewer may see the page he is sent nothing of it, but is told.
func TestCheckAway(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{Status: status})
	e := h.watch(t, one, "a")
	e.until("first")
	h.allow(errors.New("the database is away"))
	e.until("interrupted")
	for _, text := range []string{"secret", "later"} {
		h.page.set(one, text)
		reads := h.Stats().Reads
		fixture.Eventually(t, "it is read", func() bool { return h.Stats().Reads > reads+20 })
	}
	h.allow(nil)
	if event := e.until("later", "secret"); !strings.Contains(event, "up to date") {
		t.Errorf("when it is back: %s", event)
	}
}

func status(failing time.Time) live.Fragment {
	if failing.IsZero() {
		return live.Fragment{ID: "status", HTML: "up to date"}
	}
	return live.Fragment{ID: "status", HTML: "interrupted"}
}

// A page that cannot be read keeps what it showed, its viewers are told, and it is read again, less often.
func TestReadFails(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{Status: status, Seldom: 50 * time.Millisecond})
	e := h.watch(t, one, "a")
	e.until("first")
	for _, broken := range []func(on bool){
		func(on bool) { h.page.fail(map[bool]error{true: errors.New("secret")}[on]) },
		func(on bool) {
			h.page.mu.Lock()
			defer h.page.mu.Unlock()
			h.page.panic = on
		},
	} {
		broken(true)
		if event := e.until("interrupted", "secret", "mistake"); strings.Contains(event, "#text") {
			t.Errorf("a page that cannot be read: %s", event)
		}
		reads, began := h.Stats().Reads, time.Now()
		fixture.Eventually(t, "it is read again", func() bool { return h.Stats().Reads > reads+5 })
		if took := time.Since(began); took < 100*time.Millisecond {
			t.Errorf("six reads that fail took %s", took)
		}
		broken(false)
		h.page.set(one, "back")
		e.until("up to date")
	}
}

// What is no id is not put into a page.
func TestID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "A", "a b", `a"><script>`, "1"} {
		h := serve(t, live.Config{Status: status, Topics: []live.Topic{{Name: "bad", Open: func(tenancy.ID) live.Read {
			return func(context.Context) ([]live.Fragment, error) { return []live.Fragment{{ID: id, HTML: "bad"}}, nil }
		}}}})
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"?topic=bad&tenant=one&session=a", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		(&events{t, bufio.NewReader(response.Body), cancel}).until("interrupted", "bad")
		cancel()
		response.Body.Close()
	}
}

// Streams of a session and of a process are bounded, and a stream that ends makes room for another.
func TestBounds(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{PerSession: 2, PerProcess: 3})
	refused := func(topic, session string, want error) {
		t.Helper()
		response, err := http.Get(h.url + "?topic=" + topic + "&tenant=one&session=" + session)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if err := <-h.served; !errors.Is(err, want) {
			t.Errorf("%s of %s: %v, want %v", topic, session, err, want)
		}
	}
	first := h.watch(t, one, "a")
	h.watch(t, two, "a")
	refused("page", "a", live.ErrTooMany)
	refused("nothing", "b", live.ErrTopic)
	h.watch(t, one, "b")
	refused("page", "c", live.ErrTooMany)
	first.cancel()
	if err := <-h.served; err != nil {
		t.Error(err)
	}
	h.watch(t, one, "c").until("first")
}

// However many sessions the people of a tenant have, they leave streams for those of others.
func TestTenantLeavesStreams(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{PerTenant: 2, PerProcess: 3})
	first := h.watch(t, one, "a")
	h.watch(t, one, "b")
	response, err := http.Get(h.url + "?topic=page&tenant=one&session=c")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if err := <-h.served; !errors.Is(err, live.ErrTooMany) {
		t.Errorf("the third of a tenant: %v", err)
	}
	h.watch(t, two, "d").until("another's")
	first.cancel()
	if err := <-h.served; err != nil {
		t.Error(err)
	}
	h.watch(t, one, "c").until("first")
}

// A stream with nothing to say beats, so that what is between does not give it up.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{Heartbeat: 20 * time.Millisecond})
	e := h.watch(t, one, "a")
	e.until("first")
	for range 3 {
		if event := e.until(":"); event != ": beat" {
			t.Errorf("%q", event)
		}
	}
}

// A process that is about to stop ends its streams, without the event that would keep clients from coming again, and a
// server can then be shut down.
func TestDrain(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{})
	var viewers []*events
	for i := range 10 {
		e := h.watch(t, one, fmt.Sprint(i))
		e.until("first")
		viewers = append(viewers, e)
	}
	h.Drain()
	for _, e := range viewers {
		if last := e.end(); strings.Contains(last, "ended") {
			t.Errorf("the last event is %q", last)
		}
	}
	if err := firstErr(h.served, 10); err != nil {
		t.Error(err)
	}
	response, err := http.Get(h.url + "?topic=page&tenant=one&session=a")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if err := <-h.served; !errors.Is(err, live.ErrDraining) {
		t.Errorf("%v", err)
	}
}

// A client whose socket takes nothing any more is given up, by the deadline of a write.
func TestDeadClient(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{Write: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET /?topic=page&tenant=one&session=a HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	n := 0
	fixture.Eventually(t, "it is served no more", func() bool {
		n++
		h.page.set(one, fmt.Sprint(n)+strings.Repeat("x", 1<<20))
		return len(h.served) > 0
	})
}

// What cannot stream is an error, and no empty page.
func TestNoStream(t *testing.T) {
	t.Parallel()
	h := live.New(live.Config{Topics: []live.Topic{{Name: "page", Open: (&page{of: map[tenancy.ID]string{}}).open}}})
	defer h.Drain()
	w := httptest.NewRecorder()
	err := h.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), "page", live.Viewer{Check: func(context.Context) error { return nil }})
	if !errors.Is(err, http.ErrNotSupported) || w.Body.Len() > 0 {
		t.Errorf("%v, %q", err, w.Body)
	}
}

// Of what a tenant has many of, each is watched by itself. What is no topic is none with something behind it either.
func TestOneOfMany(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{Topics: []live.Topic{{Name: "many", OpenOf: func(tenant tenancy.ID, of string) live.Read {
		return func(context.Context) ([]live.Fragment, error) {
			return []live.Fragment{{ID: "text", HTML: of + " of " + string(tenant)}}, nil
		}
	}}}})
	for _, topic := range []string{"many/a", "many/b/c"} {
		want := strings.TrimPrefix(topic, "many/") + " of one"
		response, err := http.Get(h.url + "?topic=" + topic + "&tenant=one&session=" + topic)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		(&events{t, bufio.NewReader(response.Body), nil}).until(want)
	}
	if n := h.Stats().Feeds; n != 2 {
		t.Errorf("%d feeds", n)
	}
	for _, topic := range []string{"many", "page/a", "other/a", ""} {
		response, err := http.Get(h.url + "?topic=" + topic + "&tenant=one&session=x")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if err := <-h.served; !errors.Is(err, live.ErrTopic) {
			t.Errorf("%q: %v", topic, err)
		}
	}
}

// Who is shown another page now comes again, and is not told that the session has ended.
func TestOther(t *testing.T) {
	t.Parallel()
	h := serve(t, live.Config{})
	e := h.watch(t, one, "a")
	e.until("first")
	h.allow(live.ErrOther)
	if last := e.end(); strings.Contains(last, "ended") {
		t.Errorf("the last event is %q", last)
	}
	if err := <-h.served; err != nil {
		t.Error(err)
	}
}
