//go:build unix

package explain_test

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// spent is the time that this process has had a processor for.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A body that is made to be slow is not: sixteen times the bytes take about sixteen times as long, where what grows with
// the square takes 256 times.
//
// It is measured by the time that processors spent, so that a busy machine does not matter, and alone.
func TestRedactIsLinear(t *testing.T) {
	const small, factor = 16 << 10, 16
	for name, shape := range map[string]func(int) string{
		"operations":   func(n int) string { return `[` + strings.Repeat(`{"value":"x","path":"password"},`, n/32) + `1]` },
		"many members": func(n int) string { return `{"path":"password"` + strings.Repeat(`,"a":1`, n/6) + `}` },
		"a list":       func(n int) string { return `[` + strings.Repeat(`1,`, n/2) + `1]` },
		"deep": func(n int) string {
			return `[` + strings.Repeat(strings.Repeat(`{"path":"pin","value":`, 60)+`1`+strings.Repeat(`}`, 60)+",", n/1400) + `1]`
		},
		"brackets":       func(n int) string { return strings.Repeat(`[`, n) },
		"quotes":         func(n int) string { return `"` + strings.Repeat(`\"`, n/2) + `"` },
		"names":          func(n int) string { return `{"x":"` + strings.Repeat("password ", n/9) + `"}` },
		"names, no JSON": func(n int) string { return strings.Repeat("pass word eq bearer ", n/20) },
		"percent":        func(n int) string { return strings.Repeat(`%25&amp;\u0025`, n/14) },
	} {
		measure := func(n int) time.Duration {
			body, best := []byte(shape(n)), time.Hour
			for range 3 {
				start := spent(t)
				redactor.Body(body)
				best = min(best, spent(t)-start)
			}
			return max(best, 50*time.Microsecond)
		}
		if a, b := measure(small), measure(small*factor); b > 5*factor*a {
			t.Errorf("%s: %s for %d bytes, %s for %d times as many", name, a, small, b, factor)
		}
	}
}
