package lifecycle

import (
	"context"
	"fmt"

	"github.com/askspoke/spoke/tenancy"
)

// Step is one of the steps in which a tenant comes into being or goes. A process may die before each.
type Step string

// The steps of a creation, in their order.
const (
	StepInsert   Step = "insert"   // the tenant's row, in state creating
	StepSchema   Step = "schema"   // its schema with all tables
	StepActivate Step = "activate" // state active
	StepAnnounce Step = "announce" // the replicas hear of it
)

// The steps of an import are those of a creation, whose row is in state importing, and between schema and activate:
const (
	StepExtensions Step = "extensions" // the tenant's own schemas, in the control schema
	StepFill       Step = "fill"       // all that is imported
)

// The steps of a purge, in their order.
const (
	StepCondemn      Step = "condemn"       // state purging, and the replicas hear of it
	StepDropSchema   Step = "drop schema"   // the tenant's schema
	StepDeleteRows   Step = "delete rows"   // of the control schema
	StepAnnounceGone Step = "announce gone" // the replicas hear of it
)

// stepDo is a step and its work, which may have been done before.
type stepDo struct {
	step Step
	do   func() error
}

// steps does one after the other.
func (m *Manager) steps(ctx context.Context, slug tenancy.Slug, list []stepDo) error {
	for _, s := range list {
		if err := m.step(ctx, slug, s.step); err != nil {
			return err
		}
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.step, err)
		}
	}
	return nil
}

func (m *Manager) step(ctx context.Context, slug tenancy.Slug, step Step) error {
	if m.config.BeforeStep == nil {
		return nil
	}
	if err := m.config.BeforeStep(ctx, slug, step); err != nil {
		return fmt.Errorf("step %s: %w", step, err)
	}
	return nil
}
