package gateway

import (
	"net/http"
	"testing"
	"time"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/tenancy/activity"
	"github.com/askspoke/spoke/tenancy/guard"
)

// What a request, or an operation of a bulk, is counted as that was refused.
func TestKind(t *testing.T) {
	t.Parallel()
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for name, tc := range map[string]struct {
		x             exchange
		method, route string
		refusal       scim.Error
		want          activity.Kind
	}{
		"held":             {exchange{}, http.MethodDelete, "/Users/{id}", scim.Error{Status: 503, Err: &guard.HeldError{}}, activity.Kind{Resource: "User", Action: health.Delete, Outcome: health.Held}},
		"another 503":      {exchange{}, http.MethodDelete, "/Users/{id}", scim.Error{Status: 503, RetryAfter: time.Hour}, activity.Kind{Resource: "User", Action: health.Delete, Outcome: health.Failed}},
		"Postgres is away": {exchange{}, http.MethodDelete, "/Users/{id}", scim.Error{Status: 503}, activity.Kind{Resource: "User", Action: health.Delete, Outcome: health.Failed}},
		"limited":          {exchange{}, http.MethodPatch, "/groups/7", scim.Error{Status: 429, RetryAfter: time.Second}, activity.Kind{Resource: "Group", Action: health.Update, Outcome: health.Limited}},
		"paused":           {exchange{barred: true}, http.MethodPost, "/users", scim.Error{Status: 503}, activity.Kind{Resource: "User", Action: health.Create, Outcome: health.Forbidden}},
		"a scope":          {exchange{}, http.MethodPost, "/Users", scim.Error{Status: 403}, activity.Kind{Resource: "User", Action: health.Create, Outcome: health.Refused}},
		"a member":         {exchange{}, http.MethodPost, "/Groups", scim.Error{Status: 400, Attribute: "members.value"}, activity.Kind{Resource: "Group", Action: health.Reference, Outcome: health.Refused}},
		"a manager":        {exchange{}, http.MethodPut, "/Users/{id}", scim.Error{Status: 400, Attribute: enterprise + ":manager.value"}, activity.Kind{Resource: "User", Action: health.Reference, Outcome: health.Refused}},
		"another":          {exchange{}, http.MethodPut, "/Users/{id}", scim.Error{Status: 400, Attribute: enterprise + ":managers"}, activity.Kind{Resource: "User", Action: health.Update, Outcome: health.Refused}},
		"members, ours":    {exchange{}, http.MethodPatch, "/Groups/{id}", scim.Error{Status: 500, Attribute: "members"}, activity.Kind{Resource: "Group", Action: health.Update, Outcome: health.Failed}},
		"no such path":     {exchange{}, http.MethodPost, "/UsersAndMore", scim.Error{Status: 404}, activity.Kind{Action: health.Other, Outcome: health.Refused}},
	} {
		if got := tc.x.kind(tc.method, tc.route, tc.refusal.Status, false, &tc.refusal); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
