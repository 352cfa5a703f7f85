package billing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/askspoke/spoke/tenancy"
)

// ParseCatalogue reads plans from JSON:
//
//	{"plans": [{"id": "team", "name": "Team",
//	  "entitlements": {"seats": 500, "reads_per_second": 100, "writes_per_second": 50, "bulks_per_second": 2,
//	    "tokens": 5, "journal_days": "unlimited"},
//	  "base": {"minor": 4900, "currency": "EUR"}, "per_seat": {"minor": 150, "currency": "EUR"}}]}
//
// base and per_seat may be absent, which is free; everything else must be there, and nothing else may. The error joins a
// *PlanError for each thing that is wrong.
func ParseCatalogue(text []byte) (Catalogue, error) {
	p := &parser{}
	file := p.object("", text, "plans")
	var list []json.RawMessage
	if file != nil {
		if raw, ok := file["plans"]; !ok {
			p.refuse("plans", "is missing")
		} else if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
			p.refuse("plans", "must be a list of one plan at least")
		}
	}
	catalogue := make(Catalogue, len(list))
	for i, raw := range list {
		p.name = fmt.Sprintf("plan %d", i+1)
		plan := p.plan(raw)
		if _, twice := catalogue[plan.ID]; twice && plan.ID != "" {
			p.refuse("id", "is that of another plan, too")
		}
		catalogue[plan.ID] = plan
	}
	if len(p.wrong) > 0 {
		return nil, errors.Join(p.wrong...)
	}
	return catalogue, nil
}

// parser collects what is wrong.
type parser struct {
	name  string // of the plan that is read
	wrong []error
}

func (p *parser) refuse(field, reason string, arguments ...any) {
	p.wrong = append(p.wrong, &PlanError{Plan: p.name, Field: field, Reason: fmt.Sprintf(reason, arguments...)})
}

// object returns the fields of an object that is at a path, and refuses those that are unknown or there twice. It returns
// nil for what is no object.
func (p *parser) object(path string, raw []byte, known ...string) map[string]json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		p.refuse(path, "must be a JSON object")
		return nil
	}
	fields := make(map[string]json.RawMessage)
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			p.refuse(path, "is no valid JSON")
			return nil
		}
		name, _ := key.(string) // a key of an object is one
		_, twice := fields[name]
		switch {
		case !slices.Contains(known, name):
			p.refuse(join(path, name), "is not known: the fields are %s", strings.Join(known, ", "))
		case twice:
			p.refuse(join(path, name), "is there twice")
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		p.refuse(path, "is no valid JSON")
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		p.refuse(path, "is followed by something else")
	}
	return fields
}

func join(path, name string) string {
	name = fmt.Sprintf("%.80s", strings.ToValidUTF8(name, "?"))
	if path == "" {
		return name
	}
	return path + "." + name
}

func (p *parser) plan(raw []byte) Plan {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &named) == nil && validID(named.ID) { // before anything is said of the plan
		p.name = "plan " + named.ID
	}
	fields := p.object("", raw, "id", "name", "entitlements", "base", "per_seat")
	if fields == nil {
		return Plan{}
	}
	plan := Plan{ID: PlanID(p.text("id", fields))}
	if plan.ID != "" && !validID(string(plan.ID)) {
		p.refuse("id", "must have at most %d of a to z, digits, hyphens and underscores", tenancy.MaxPlan)
	}
	plan.Name = p.text("name", fields)
	if strings.ContainsFunc(plan.Name, func(r rune) bool { return !unicode.IsPrint(r) }) || utf8.RuneCountInString(plan.Name) > tenancy.MaxName {
		p.refuse("name", "must have at most %d printable characters", tenancy.MaxName)
	}
	plan.Entitlements = p.entitlements(fields)
	plan.Base, plan.PerSeat = p.money("base", fields), p.money("per_seat", fields)
	if plan.Base.Currency != "" && plan.PerSeat.Currency != "" && plan.Base.Currency != plan.PerSeat.Currency {
		p.refuse("per_seat.currency", "is %s, and that of base is %s", plan.PerSeat.Currency, plan.Base.Currency)
	}
	return plan
}

// validID says whether a tenant's settings can name a plan so.
func validID(id string) bool {
	return id != "" && len(id) <= tenancy.MaxPlan && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// text returns a text that must be there and must not be empty.
func (p *parser) text(name string, fields map[string]json.RawMessage) (text string) {
	raw, ok := fields[name]
	switch {
	case !ok:
		p.refuse(name, "is missing")
	case json.Unmarshal(raw, &text) != nil || strings.TrimSpace(text) == "":
		p.refuse(name, "must be a text that is not empty")
	}
	return text
}
