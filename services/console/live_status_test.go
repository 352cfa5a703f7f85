package console

import (
	"strings"
	"testing"
	"time"
)

// The state of a live page is a part that can be rendered.
func TestLiveStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for failing, want := range map[time.Time]string{{}: ">Live<", w.clock.now(): "Not live since"} {
		if f := w.liveStatus(failing); f.ID != "live-status" || !strings.Contains(f.HTML, want) || !strings.Contains(f.HTML, `id="live-status"`) {
			t.Errorf("%+v", f)
		}
	}
}
