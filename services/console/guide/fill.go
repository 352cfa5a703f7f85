package guide

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
)

// For returns the guide with its steps and notes, filled in for a tenant. Error: ErrTenant.
func (g Guide) For(t Tenant) (Guide, error) {
	if t.TenantURL == "" || t.TokenURL == "" {
		return Guide{}, ErrTenant
	}
	g.Steps = make([]Step, len(g.sections))
	for i, s := range g.sections {
		step := Step{Title: s.title}
		var err error
		if step.Body, err = fill(s.body, t); err != nil {
			return Guide{}, err
		}
		if step.After, err = fill(s.after, t); err != nil {
			return Guide{}, err
		}
		for _, f := range s.fields {
			var b strings.Builder
			if err := f.text.Execute(&b, t); err != nil {
				return Guide{}, fmt.Errorf("fill in %q: %w", f.label, err)
			}
			step.Values = append(step.Values, Value{Label: f.label, Value: b.String(), Secret: f.secret})
		}
		g.Steps[i] = step
	}
	g.Notes = make([]template.HTML, len(g.notes))
	for i, note := range g.notes {
		var err error
		if g.Notes[i], err = fill(note, t); err != nil {
			return Guide{}, err
		}
	}
	return g, nil
}

// known is what may be in a text. Secrets may not.
type known struct {
	TenantURL, TokenURL string
	Strict              bool
}

func fill(text *template.Template, t Tenant) (template.HTML, error) {
	if text == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := text.Execute(&b, known{t.TenantURL, t.TokenURL, t.Strict}); err != nil {
		return "", fmt.Errorf("fill in a guide: %w", err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // html/template has escaped it
}
