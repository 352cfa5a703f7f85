package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// sampleBench is one without a database.
func sampleBench() *bench {
	created := new(atomic.Int64)
	created.Store(4)
	return &bench{
		options: options{clients: 2},
		users:   []user{{"id-1", digits(1)}, {"id-2", digits(2)}},
		spares:  []user{{"spare-1", digits(3)}, {"spare-2", digits(4)}},
		created: created, patches: new(atomic.Int64),
	}
}

func TestBodiesAreJSON(t *testing.T) {
	t.Parallel()
	b := sampleBench()
	for name, next := range map[string]func(client, n int) request{
		"create": createUser(b), "patch": patchUser(b), "member": memberChanges(b, []string{"g"}),
	} {
		for n := range 2 {
			if body := next(1, n).body; !json.Valid([]byte(body)) {
				t.Errorf("%s: %s", name, body)
			}
		}
	}
}

func TestNoTwoCreatedUsersAreEqual(t *testing.T) {
	t.Parallel()
	b := sampleBench()
	next, seen := createUser(b), map[string]bool{}
	for n := range 3 {
		for client := range b.options.clients {
			r := next(client, n)
			if seen[r.want] || strings.Contains(r.body, number) || !strings.Contains(r.body, r.want) {
				t.Errorf("client %d, request %d: %s", client, n, r.body)
			}
			seen[r.want] = true
		}
	}
	if !seen[user{digits: digits(4)}.name()] || seen[user{digits: digits(3)}.name()] {
		t.Errorf("numbers go on where the seeded ones end: %v", seen)
	}
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	next := memberChanges(sampleBench(), []string{"g0", "g1"})
	for n, op := range []string{`"op":"Add"`, `"op":"Remove"`, `"op":"Add"`} {
		r := next(1, n)
		member, _ := cutValue(r.body)
		if r.path != "/Groups/g1" || !strings.Contains(r.body, op) || member != "spare-2" || r.method != http.MethodPatch {
			t.Errorf("request %d: %+v", n, r)
		}
	}
}

func TestPickSpreads(t *testing.T) {
	t.Parallel()
	counts := make([]int, 10)
	for client := range 8 {
		for n := range 1000 {
			counts[pick(client, n, len(counts))]++
		}
	}
	for i, n := range counts {
		if n < 600 || n > 1000 {
			t.Errorf("%d was picked %d times of 8000, expected about 800", i, n)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	made, err := newTemplate(`{"n":"00000000","title":"old","m":[{"value":"old@"}]}`, `"title":"old"`, `"value":"old@"`)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"n":"00000007","title":"T 00000000","m":[{"value":"m@"}]}`
	if got := made.fill(digits(7), "T 00000000", "m@"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := newTemplate(`{"title":"old"}`, `"title":"old"`, `"value":"old@"`); err == nil {
		t.Error("a text without the mail was taken")
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	if got := cut(user{digits: digits(7)}.body(), "userName"); got != "user.00000007@example.com" {
		t.Errorf("userName = %q", got)
	}
	title, rest := cutValue(patchUser(sampleBench())(0, 1).body)
	mail, _ := cutValue(rest)
	if title != "Director 00000001" || mail != "mail.00000001@example.com" {
		t.Errorf("values = %q, %q", title, mail)
	}
}
