package billing

import (
	"encoding/json"
	"strings"
)

// limits are the entitlements in a file, with what each can be at least and at most: a limit that stops provisioning
// altogether is a mistake, and one that overflows what is computed from it, too.
var limits = []struct {
	name        string
	least, most int
	of          func(*Entitlements) *int
}{
	{"seats", 0, 1_000_000_000, func(e *Entitlements) *int { return &e.Seats }},
	{"reads_per_second", 1, 1_000_000, func(e *Entitlements) *int { return &e.ReadsPerSecond }},
	{"writes_per_second", 1, 1_000_000, func(e *Entitlements) *int { return &e.WritesPerSecond }},
	{"bulks_per_second", 0, 1_000_000, func(e *Entitlements) *int { return &e.BulksPerSecond }},
	{"tokens", 2, 10_000, func(e *Entitlements) *int { return &e.Tokens }}, // two, so that one can be replaced
	{"journal_days", 1, 36_500, func(e *Entitlements) *int { return &e.JournalDays }},
}

// unlimited is Unlimited in a file.
const unlimited = "unlimited"

func (p *parser) entitlements(fields map[string]json.RawMessage) (e Entitlements) {
	const path = "entitlements"
	raw, ok := fields[path]
	if !ok {
		p.refuse(path, "is missing")
		return e
	}
	known := make([]string, len(limits))
	for i, l := range limits {
		known[i] = l.name
	}
	inner := p.object(path, raw, known...)
	if inner == nil {
		return e
	}
	for _, l := range limits {
		raw, ok := inner[l.name]
		var word string
		n := l.of(&e)
		switch {
		case !ok:
			p.refuse(join(path, l.name), "is missing")
		case json.Unmarshal(raw, &word) == nil && word == unlimited:
			*n = Unlimited
		case json.Unmarshal(raw, n) != nil || isNull(raw) || *n < l.least || *n > l.most:
			p.refuse(join(path, l.name), "must be a whole number from %d to %d, or %q", l.least, l.most, unlimited)
		}
	}
	return e
}

// isNull says whether a value is null, which Unmarshal takes for one that is absent.
func isNull(raw []byte) bool { return strings.TrimSpace(string(raw)) == "null" }

// money returns an amount that may be absent.
func (p *parser) money(name string, fields map[string]json.RawMessage) (m Money) {
	raw, ok := fields[name]
	if !ok {
		return m
	}
	inner := p.object(name, raw, "minor", "currency")
	if inner == nil {
		return m
	}
	if raw, ok := inner["minor"]; !ok {
		p.refuse(join(name, "minor"), "is missing")
	} else if json.Unmarshal(raw, &m.Minor) != nil || isNull(raw) || m.Minor < 0 {
		p.refuse(join(name, "minor"), "must be a whole number of the currency's smallest unit, such as cents")
	}
	if raw, ok := inner["currency"]; !ok {
		p.refuse(join(name, "currency"), "is missing")
	} else if json.Unmarshal(raw, &m.Currency) != nil || len(m.Currency) != 3 || strings.Trim(string(m.Currency), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		p.refuse(join(name, "currency"), "must be an ISO 4217 code, such as EUR")
	}
	return m
}
