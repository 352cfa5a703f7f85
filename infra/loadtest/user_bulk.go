package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// bulkSize is how many users a bulk creates: as many as Spoke takes.
const bulkSize = 1_000

// compareBulk has Spoke on both sides, with bulks and with single creations.
func compareBulk(_ context.Context, b *bench) ([]side, error) {
	return []side{
		{name: "spoke, bulks", server: b.spoke, next: bulkUsers(b), each: bulkSize},
		{name: "spoke, singles", server: b.spoke, next: createUser(b)},
	}, nil
}

// bulkUsers creates users that there are not yet, in bulks.
func bulkUsers(b *bench) func(client, n int) request {
	return func(int, int) request {
		operations := make([]string, bulkSize)
		for i := range operations {
			operations[i] = fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, b.newUser().body())
		}
		return request{
			method: http.MethodPost, path: "/Bulk", status: http.StatusOK, want: `"status":"201"`, times: bulkSize,
			body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(operations, ",") + `]}`,
		}
	}
}
