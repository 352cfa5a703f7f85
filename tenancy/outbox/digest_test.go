package outbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// list is what is gathered in a mail.
func list(id string, pieces []outbox.Piece, all int) ([]outbox.Mail, error) {
	var text []string
	for _, p := range pieces {
		text = append(text, string(p.Content))
	}
	return []outbox.Mail{{Key: "digest/" + id, To: "ops@askspoke.com", Subject: "News", Text: fmt.Sprintf("%d: %s", all, strings.Join(text, " "))}}, nil
}

func piece(key string, rank int) outbox.Piece {
	return outbox.Piece{Key: key, Rank: rank, At: at, Content: json.RawMessage(`"` + key + `"`)}
}

// texts are those of the mails to send, oldest first.
func texts(t *testing.T, db *tenantdb.DB) []string {
	t.Helper()
	got := []string{}
	if err := db.Select(&got, `SELECT body_text FROM `+tenantdb.Control.Table("outbox")+` ORDER BY created_at, id`); err != nil {
		t.Fatal(err)
	}
	return got
}

// The first news are told at once, and what comes within the gap together after it; each once.
func TestDigest(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	c := fixture.ClockAt(at)
	s := store(db, c)
	gather := func(pieces ...outbox.Piece) {
		t.Helper()
		if err := s.Gather(t.Context(), "operators", pieces...); err != nil {
			t.Fatal(err)
		}
	}
	digest := func(want ...string) {
		t.Helper()
		if err := s.Digest(t.Context(), "operators", 10*time.Minute, 3, list); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{}, want...), texts(t, db)); diff != "" {
			t.Errorf("mails (-want +got)\n%s", diff)
		}
	}
	digest()
	gather(piece("a", 1))
	digest(`1: "a"`)
	gather(piece("a", 1), piece("b", 1), piece("c", 3), piece("d", 2))
	gather(piece("e", 1), piece("c", 3))
	if err := s.Gather(t.Context(), "others", piece("a", 1)); err != nil {
		t.Fatal(err)
	}
	c.Pass(10*time.Minute - time.Microsecond)
	digest(`1: "a"`)
	c.Pass(time.Microsecond)
	digest(`1: "a"`, `4: "c" "d" "b"`)
	c.Pass(time.Hour)
	digest(`1: "a"`, `4: "c" "d" "b"`)
	gather(piece("b", 1), piece("e", 1))
	digest(`1: "a"`, `4: "c" "d" "b"`)
	c.Pass(outbox.KeepSent)
	if n, err := s.Prune(t.Context()); n != 5 || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
}

// What could not be written or enqueued is not noted as mailed, and two at once mail it once.
func TestDigestOnce(t *testing.T) {
	t.Parallel()
	db, _ := pgtest.Tenants(t, 0)
	s := store(db, fixture.ClockAt(at))
	if err := s.Gather(t.Context(), "operators", piece("a", 1), piece("b", 1)); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	for _, write := range []func(string, []outbox.Piece, int) ([]outbox.Mail, error){
		func(string, []outbox.Piece, int) ([]outbox.Mail, error) { return nil, failed },
		func(string, []outbox.Piece, int) ([]outbox.Mail, error) { return []outbox.Mail{{Key: "x"}}, nil },
	} {
		var refused *outbox.MailError
		if err := s.Digest(t.Context(), "operators", 0, 10, write); !errors.Is(err, failed) && !errors.As(err, &refused) {
			t.Errorf("err = %v", err)
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := s.Digest(t.Context(), "operators", time.Minute, 10, list); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]string{`2: "a" "b"`}, texts(t, db)); diff != "" {
		t.Errorf("mails (-want +got)\n%s", diff)
	}
	var refused *outbox.MailError
	if err := s.Gather(t.Context(), "operators", piece("", 1)); !errors.As(err, &refused) {
		t.Errorf("err = %v", err)
	}
}
