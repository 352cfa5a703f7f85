package billing

import (
	"errors"
	"strings"
)

// ErrCatalogue is what PlanError is.
var ErrCatalogue = errors.New("catalogue of plans is invalid")

// PlanError says what of a catalogue's file is wrong. Reason completes a sentence that begins with the field.
type PlanError struct {
	Plan   string // its id, or "plan 3" for the third one where the id is missing; "" for the file itself
	Field  string // such as entitlements.seats; "" for the plan as a whole
	Reason string
}

// Error names the plan, the field and the reason.
func (e *PlanError) Error() string {
	var text strings.Builder
	if e.Plan != "" {
		text.WriteString(e.Plan + ": ")
	}
	if e.Field != "" {
		text.WriteString(e.Field + " ")
	}
	return text.String() + e.Reason
}

// Is makes errors.Is(err, ErrCatalogue) true.
func (e *PlanError) Is(target error) bool { return target == ErrCatalogue }
