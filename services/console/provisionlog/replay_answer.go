package provisionlog

import (
	"encoding/json"
	"net/http"

	"github.com/askspoke/spoke/scim"
)

// replayAnswerOf is an answer for people.
func replayAnswerOf(r Replayed, check bool) *replayAnswer {
	a := &replayAnswer{Held: r.Why.Rule == string(scim.RuleGuardHeld), Check: check, Refused: r.Status >= http.StatusBadRequest, Status: r.Status, Why: r.Why, Truncated: r.Truncated}
	var message struct {
		Detail string `json:"detail"`
	}
	if a.Refused && json.Unmarshal(r.Body, &message) == nil {
		a.Detail = message.Detail
	}
	if !check || a.Refused { // what a check would have made is not there, and has no place to be looked at
		var cut bool
		a.Body, cut = pretty(r.Body)
		a.Truncated = a.Truncated || cut
	}
	return a
}
