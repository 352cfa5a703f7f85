package metrics

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestJournalBuffer(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	b := JournalBuffer{Written: 3, Dropped: 2, Buffered: 1, Oldest: time.Now().Add(-90 * time.Second)}
	if err := r.Journal(func() JournalBuffer { return b }); err != nil {
		t.Fatal(err)
	}
	text := scrape(t, r)
	for _, want := range []string{
		"\nspoke_journal_refusals_written_total 3\n", "\nspoke_journal_refusals_dropped_total 2\n", "\nspoke_journal_buffered_entries 1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if !regexp.MustCompile(`\nspoke_journal_lag_seconds 9\d\.`).MatchString(text) {
		t.Errorf("the lag is wrong:\n%s", text)
	}
	b = JournalBuffer{}
	if !strings.Contains(scrape(t, r), "\nspoke_journal_lag_seconds 0\n") {
		t.Error("there is a lag of nothing")
	}
}
