package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// findings are what the statement of a change tells besides whether it changed anything.
type findings struct {
	Found    bool      // the resource was there when the statement began
	Held     bool      // it had the version that was asked for when its turn came
	Modified time.Time // after the change
	Unknown  []string  // members to add that are not there; nothing was changed then
	Circle   []string  // members to add that contain the group already; nothing was changed then
	Met      bool      // a group was to be added, and another was added to another one meanwhile; nothing was changed
	Relation *string   // the new members
}

func parseFindings(extra []byte) (findings, error) {
	var f findings
	if extra == nil {
		return f, nil
	}
	if err := json.Unmarshal(extra, &f); err != nil {
		return f, fmt.Errorf("parse the findings of a change: %w", err)
	}
	return f, nil
}

func (f findings) relation() []byte {
	if f.Relation == nil {
		return nil
	}
	return []byte(*f.Relation)
}

// errBusy says that others changed the same rows again and again, so that a change found no turn.
var errBusy = errors.New("too many changes at once")
