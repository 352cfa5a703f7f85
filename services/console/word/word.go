// Package word puts into English what pages tell: numbers, times, states.
package word

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/askspoke/spoke/observability/health"
)

// english writes numbers.
var english = message.NewPrinter(language.English)

// Number is a number with its thousands apart.
func Number(n any) string { return english.Sprint(n) }

// Format is fmt.Sprintf with numbers as number has them.
func Format(format string, arguments ...any) string { return english.Sprintf(format, arguments...) }

// Plural returns a number with its noun.
func Plural(n any, one, many string) string {
	if fmt.Sprint(n) == "1" {
		return "1 " + one
	}
	return english.Sprint(n) + " " + many
}

// Ago says how long ago something was, or in how long it will be.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in " + Roughly(-d)
	case d < 5*time.Second:
		return "just now"
	}
	return Roughly(d) + " ago"
}

// Roughly says how long a time is, in one unit.
func Roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return Plural(int(d.Seconds()), "second", "seconds")
	case d < time.Hour:
		return Plural(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return Plural(int(d.Hours()), "hour", "hours")
	}
	return Plural(int(d.Hours()/24), "day", "days")
}

// Short returns the beginning of a long text.
func Short(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Took says how long something took, as precisely as it matters.
func Took(d time.Duration) string {
	switch {
	case d <= 0:
		return "not known"
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// State is a state in words.
func State(state health.State) string {
	if text, ok := stateTexts[state]; ok {
		return text
	}
	return strings.ReplaceAll(string(state), "_", " ")
}

var stateTexts = map[health.State]string{
	health.Healthy: "Healthy", health.AwaitingFirstRequest: "Waiting for the first request", health.InitialSync: "Initial sync", health.Paused: "Paused",
	health.Degraded: "Degraded", health.TokenExpiring: "Token expires", health.AtRisk: "At risk", health.GuardHeld: "Deletions are held", health.Stale: "Silent",
	health.QuarantineSuspected: "Quarantine suspected", health.DisabledSuspected: "Disabled, it seems",
}

// Cycle is what a cycle is for, in words.
func Cycle(kind health.Kind) string {
	switch kind {
	case health.Probe:
		return "Connection test"
	case health.Initial:
		return "Initial sync"
	}
	return "Cycle"
}

// Address is an address for people: "" for none.
func Address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// IsUUID says whether a text is a UUID as ids are written.
func IsUUID(text string) bool {
	parsed, err := uuid.Parse(text)
	return err == nil && parsed.String() == text
}
