package console

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

// number is a number with its thousands apart.
func number(n any) string { return english.Sprint(n) }

// formatted is fmt.Sprintf with numbers as number has them.
func formatted(format string, arguments ...any) string { return english.Sprintf(format, arguments...) }

// plural returns a number with its noun.
func plural(n any, one, many string) string {
	if fmt.Sprint(n) == "1" {
		return "1 " + one
	}
	return english.Sprint(n) + " " + many
}

// ago says how long ago something was, or in how long it will be.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in " + roughly(-d)
	case d < 5*time.Second:
		return "just now"
	}
	return roughly(d) + " ago"
}

// roughly says how long a time is, in one unit.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return plural(int(d.Seconds()), "second", "seconds")
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours")
	}
	return plural(int(d.Hours()/24), "day", "days")
}

// short returns the beginning of a long text.
func short(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// took says how long something took, as precisely as it matters.
func took(d time.Duration) string {
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

// stateText is a state in words.
func stateText(state health.State) string {
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

// cycleText is what a cycle is for, in words.
func cycleText(kind health.Kind) string {
	switch kind {
	case health.Probe:
		return "Connection test"
	case health.Initial:
		return "Initial sync"
	}
	return "Cycle"
}

// addressText is an address for people: "" for none.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func isUUID(text string) bool {
	parsed, err := uuid.Parse(text)
	return err == nil && parsed.String() == text
}
