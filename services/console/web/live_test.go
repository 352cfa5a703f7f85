package web

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The state of a live page is a part that can be rendered.
func TestLiveStatus(t *testing.T) {
	t.Parallel()
	c, err := New(Config{Site: Site{Now: time.Now, Logger: slog.New(slog.DiscardHandler)}})
	if err == nil {
		err = c.Assemble()
	}
	if err != nil {
		t.Fatal(err)
	}
	for failing, want := range map[time.Time]string{{}: ">Live<", time.Now(): "Not live since"} {
		if f := c.liveStatus(failing); f.ID != "live-status" || !strings.Contains(f.HTML, want) || !strings.Contains(f.HTML, `id="live-status"`) {
			t.Errorf("%+v", f)
		}
	}
}
