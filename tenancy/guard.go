package tenancy

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Guard says how many deletions are too many at once for a tenant. Within Window, more than Count are, and also those
// that are at least Minimum and more than Percent of the directory: so a small directory is guarded, and the single
// leaver of a tiny one never held.
type Guard struct {
	Window  time.Duration // whole seconds
	Count   int
	Minimum int
	Percent int // 100 leaves Count alone
}

// DefaultGuard returns what a tenant starts with: 500 within an hour, or 20 and 20 % of the directory.
func DefaultGuard() Guard { return Guard{Window: time.Hour, Count: 500, Minimum: 20, Percent: 20} }

func (g Guard) check() error {
	const most = 10_000_000
	switch {
	case g.Window < time.Minute || g.Window > 24*time.Hour || g.Window%time.Second != 0:
		return &SettingError{"guard", "its window must be whole seconds, from a minute to a day"}
	case g.Count < 1 || g.Count > most || g.Minimum < 1 || g.Minimum > most:
		return &SettingError{"guard", fmt.Sprintf("its count and minimum must be from 1 to %d", most)}
	case g.Percent < 1 || g.Percent > 100:
		return &SettingError{"guard", "its percent must be from 1 to 100"}
	}
	return nil
}

// guardJSON is a Guard as it is stored and exported.
type guardJSON struct {
	WindowSeconds int64 `json:"window_seconds"`
	Count         int   `json:"count"`
	Minimum       int   `json:"minimum"`
	Percent       int   `json:"percent"`
}

// MarshalJSON writes window_seconds, count, minimum and percent.
func (g Guard) MarshalJSON() ([]byte, error) {
	return json.Marshal(guardJSON{int64(g.Window / time.Second), g.Count, g.Minimum, g.Percent})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (g *Guard) UnmarshalJSON(text []byte) error {
	var j guardJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("read guard: %w", err)
	}
	if j.WindowSeconds < 0 || j.WindowSeconds > int64(math.MaxInt64/time.Second) {
		return fmt.Errorf("read guard: a window of %d seconds", j.WindowSeconds)
	}
	*g = Guard{time.Duration(j.WindowSeconds) * time.Second, j.Count, j.Minimum, j.Percent}
	return nil
}
