package main

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/tenancy/token"
)

// plans reads the catalogue of plans, nil where none is named.
func (s settings) plans() (billing.Catalogue, error) {
	if s.PlansFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.PlansFile)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_PLANS: %w", err)
	}
	plans, err := billing.ParseCatalogue(text)
	if err != nil {
		return nil, fmt.Errorf("SPOKE_PLANS: %.200s: %s", s.PlansFile, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return plans, nil
}

// checkPlans refuses a catalogue that cannot be read.
func (s settings) checkPlans() error {
	_, err := s.plans()
	return err
}

// planNames are the plans that a tenant can have.
func planNames(plans billing.Catalogue) []string {
	names := make([]string, 0, len(plans))
	for _, id := range plans.IDs() {
		names = append(names, string(id))
	}
	return names
}

// tokensOf says how many tokens and OAuth clients the plans grant. nil: there are no plans.
func tokensOf(plans billing.Catalogue) token.LimitOf {
	if plans == nil {
		return nil
	}
	return func(plan string) int {
		if n := plans.Entitlements(billing.PlanID(plan)).Tokens; n != billing.Unlimited {
			return n
		}
		return math.MaxInt
	}
}

// journalsOf says for how long the plans have a journal kept, false for ever. Without a plan it is the default.
func journalsOf(plans billing.Catalogue) func(plan string) (time.Duration, bool) {
	return func(plan string) (time.Duration, bool) {
		return plans.Entitlements(billing.PlanID(plan)).JournalRetention()
	}
}
