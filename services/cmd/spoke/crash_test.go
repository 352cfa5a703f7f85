package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
)

// Every answer that was 2xx is still true after a crash, of the server or of Postgres, in the middle of load.
func TestCrashUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*testing.T, *devProcess){
		"server":   func(_ *testing.T, p *devProcess) { p.Process.Kill() },
		"postgres": func(t *testing.T, p *devProcess) { syscall.Kill(postmasterPID(t, p), syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			p := startDev(t, dir)
			status, group, err := p.request(t.Context(), "POST", "/Groups", `{"displayName":"everybody"}`)
			if status != http.StatusCreated || err != nil {
				t.Fatalf("create group: %d, %v", status, err)
			}
			workers := make([]*writer, 8)
			var accepted atomic.Int64
			var running sync.WaitGroup
			for i := range workers {
				workers[i] = &writer{process: p, name: fmt.Sprintf("worker-%d", i), group: group["id"].(string), accepted: &accepted}
				running.Go(func() { workers[i].run(t.Context()) })
			}
			fixture.Succeeds(t, "load is under way", func() error {
				if n := accepted.Load(); n < 400 {
					return fmt.Errorf("%d changes are accepted", n)
				}
				return nil
			})
			kill(t, p)
			running.Wait()
			p.wait(t)

			again := startDev(t, dir)
			members := make(map[string]bool)
			_, read, err := again.request(t.Context(), "GET", "/Groups/"+group["id"].(string), "")
			if err != nil {
				t.Fatal(err)
			}
			list, _ := read["members"].([]any)
			for _, item := range list {
				members[item.(map[string]any)["value"].(string)] = true
			}
			for _, w := range workers {
				w.check(t, again, members)
			}
		})
	}
}

// writer makes users, changes them, puts them into a group and deletes some, and remembers what was answered. Only its
// last request has no answer, so of one user alone the state is not known.
type writer struct {
	process     *devProcess
	name, group string
	accepted    *atomic.Int64
	users       []*knownUser
	unanswered  *knownUser
}

type knownUser struct {
	id, title       string
	member, deleted bool
}

func (w *writer) run(ctx context.Context) {
	for i := 0; ; i++ {
		u := &knownUser{}
		w.unanswered = u
		body := `{"userName":"` + w.name + "-" + strconv.Itoa(i) + `","title":"new"}`
		created, ok := w.do(ctx, "POST", "/Users", body)
		if !ok {
			return
		}
		u.id, u.title = created["id"].(string), "new"
		w.users = append(w.users, u)
		title := "title " + strconv.Itoa(i)
		if _, ok = w.do(ctx, "PATCH", "/Users/"+u.id, patchBody("Replace", "title", `"`+title+`"`)); !ok {
			return
		}
		u.title = title
		if _, ok = w.do(ctx, "PATCH", "/Groups/"+w.group, patchBody("Add", "members", `[{"value":"`+u.id+`"}]`)); !ok {
			return
		}
		u.member = true
		if i%3 == 0 {
			if _, ok = w.do(ctx, "DELETE", "/Users/"+u.id, ""); !ok {
				return
			}
			u.deleted, u.member = true, false
		}
		w.unanswered = nil
	}
}

func patchBody(op, path, value string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"` + op + `","path":"` + path + `","value":` + value + `}]}`
}

func (w *writer) do(ctx context.Context, method, path, body string) (map[string]any, bool) {
	status, object, err := w.process.request(ctx, method, path, body)
	if err != nil || status >= 300 {
		return nil, false
	}
	w.accepted.Add(1)
	return object, true
}

func (w *writer) check(t *testing.T, p *devProcess, members map[string]bool) {
	for _, u := range w.users {
		if u == w.unanswered {
			continue
		}
		status, read, err := p.request(t.Context(), "GET", "/Users/"+u.id, "")
		want := http.StatusOK
		if u.deleted {
			want = http.StatusNotFound
		}
		if status != want || err != nil {
			t.Errorf("user %s: %d, %v, want %d", u.id, status, err, want)
			continue
		}
		if !u.deleted && read["title"] != u.title {
			t.Errorf("user %s: title %v, answered was %q", u.id, read["title"], u.title)
		}
		if members[u.id] != u.member {
			t.Errorf("user %s: in the group %t, answered was %t", u.id, members[u.id], u.member)
		}
	}
	if len(w.users) == 0 {
		t.Errorf("%s made no user", w.name)
	}
}
