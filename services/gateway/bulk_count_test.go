package gateway_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
)

// TestBulkIsCounted counts each operation of a bulk as the request by itself would be, and logs the bulk once.
func TestBulkIsCounted(t *testing.T) {
	t.Parallel()
	s := start(t, 1)
	c := s.client(t, 0)
	c.bulk(
		operation{Method: "POST", Path: "/Users", BulkID: "1", Data: object{"userName": "a"}},
		operation{Method: "POST", Path: "/Users", BulkID: "2", Data: object{"userName": "b"}},
		operation{Method: "POST", Path: "/Users", BulkID: "3", Data: object{"userName": "A"}},
		operation{Method: "POST", Path: "/Groups", BulkID: "4", Data: object{"displayName": "g"}},
		operation{Method: "DELETE", Path: "/Users/bulkId:2"},
	)
	text := s.scrape(t)
	for _, line := range []string{
		`{action="create",outcome="accepted",resource="User"} 2`, `{action="create",outcome="refused",resource="User"} 1`,
		`{action="create",outcome="accepted",resource="Group"} 1`, `{action="delete",outcome="accepted",resource="User"} 1`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}
	fixture.Eventually(t, "the bulk is logged", func() bool {
		return strings.Contains(s.log.String(), `"operations":5,"failed_operations":1`)
	})
}
