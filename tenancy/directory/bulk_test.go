package directory_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// bulkService is a provider that makes the same ids and times whatever its store is.
func bulkService(store provider.Store) *provider.Provider {
	ids := 0
	return &provider.Provider{
		Store: store, Types: []*schema.ResourceType{users, groups}, Base: base, Lenient: scim.Auto,
		Now: func() time.Time { return at },
		NewID: func() string {
			ids++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
		},
	}
}

// randomBulk is a bulk of operations that create, change and delete what few names and ids mean, and refer to each
// other forward, backward and in circles.
func randomBulk(r *rand.Rand) string {
	const n = 40
	id := func() string {
		if r.IntN(2) == 0 {
			return fmt.Sprintf("bulkId:%d", r.IntN(n))
		}
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", 1+r.IntN(2*n))
	}
	operations := make([]string, n)
	for i := range operations {
		data := fmt.Sprintf(`{"userName":"user %d","title":"%d"}`, r.IntN(n), i)
		switch r.IntN(10) {
		case 0, 1, 2, 3:
			if r.IntN(3) == 0 {
				data = fmt.Sprintf(`{"userName":"user %d","manager":%q}`, r.IntN(n), id())
			}
			operations[i] = fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, data)
		case 4, 5:
			members := make([]string, r.IntN(3))
			for k := range members {
				members[k] = fmt.Sprintf(`{"value":%q}`, id())
			}
			operations[i] = fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":"%d","data":{"displayName":"group %d","members":[%s]}}`, i, r.Int64(), strings.Join(members, ","))
		case 6:
			operations[i] = fmt.Sprintf(`{"method":"DELETE","path":"/Users/%s"}`, id())
		case 7:
			operations[i] = fmt.Sprintf(`{"method":"PUT","path":"/Users/%s","version":"W/\"%d\"","data":%s}`, id(), 1+r.IntN(2), data)
		default:
			operations[i] = fmt.Sprintf(`{"method":"PATCH","path":"/Groups/%s","data":{"Operations":[{"op":"add","path":"members","value":[{"value":%q}]},{"op":"remove","path":"members[value eq \"%s\"]"}]}}`, id(), id(), id())
		}
	}
	limit := ""
	if r.IntN(4) == 0 {
		limit = fmt.Sprintf(`"failOnErrors":%d,`, 1+r.IntN(20))
	}
	return `{` + limit + `"Operations":[` + strings.Join(operations, ",") + `]}`
}

// unknownMembers are listed in an order that is a store's own choice.
var unknownMembers = regexp.MustCompile(`in all\): [^.]*\.`)

// TestBulkLikeMemory plays random bulks here and in memory, and compares every answer and what is there afterwards.
func TestBulkLikeMemory(t *testing.T) {
	t.Parallel()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1, shape)[0]
			memory, here := bulkService(memstore.New()), bulkService(s.Store)
			r := rand.New(rand.NewPCG(1, uint64(shape)))
			ask := func(p *provider.Provider, method, path, body string) string {
				response, err := p.Serve(t.Context(), provider.Request{Method: method, Path: path, Body: []byte(body)})
				if err != nil && scim.AsError(err).Status >= 500 {
					t.Fatal(err)
				}
				answer := unknownMembers.ReplaceAllString(string(response.Body), "")
				return strings.ReplaceAll(answer, `,{"`, ",\n{\"")
			}
			for range 25 {
				body := randomBulk(r)
				if diff := cmp.Diff(ask(memory, http.MethodPost, "/Bulk", body), ask(here, http.MethodPost, "/Bulk", body)); diff != "" {
					t.Fatalf("answers (-memory +here)\n%s\n%s", diff, body)
				}
				for _, path := range [...]string{"/Users", "/Groups"} {
					if diff := cmp.Diff(ask(memory, http.MethodGet, path, ""), ask(here, http.MethodGet, path, "")); diff != "" {
						t.Fatalf("%s (-memory +here)\n%s\n%s", path, diff, body)
					}
				}
			}
		})
	}
}
