package directory_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
)

// BenchmarkBulk sets a bulk of 1,000 creations beside 1,000 creations one after another, through the provider: what is
// asked is that the bulk has three times the rate. Both alternate, so that they meet the same machine.
func BenchmarkBulk(b *testing.B) {
	s := openOne(b)
	p := provider.Provider{Store: s.Store, Types: []*schema.ResourceType{users, groups}, Base: base, Lenient: scim.Auto}
	serve := func(path string, body []byte) provider.Response {
		response, err := p.Serve(b.Context(), provider.Request{Method: http.MethodPost, Path: path, Body: body})
		if err != nil {
			b.Fatal(err)
		}
		return response
	}
	const n = 1000
	bodies := func() (list []string) {
		for i := range n {
			name := fmt.Sprintf("%d-%d@example.com", i, rand.Int64())
			list = append(list, fmt.Sprintf(benchUser, name, i, name, i))
		}
		return list
	}
	single := func(b *testing.B) {
		b.Helper()
		b.StopTimer()
		list := bodies()
		b.StartTimer()
		for _, body := range list {
			serve("/Users", []byte(body))
		}
	}
	bulk := func(b *testing.B) {
		b.Helper()
		b.StopTimer()
		list := bodies()
		for i, body := range list {
			list[i] = fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":"%d","data":%s}`, i, body)
		}
		message := []byte(`{"schemas":["` + provider.BulkRequestSchema + `"],"Operations":[` + strings.Join(list, ",") + `]}`)
		b.StartTimer()
		response := serve("/Bulk", message)
		b.StopTimer()
		var answer struct{ Operations []struct{ Status string } }
		if err := json.Unmarshal(response.Body, &answer); err != nil || len(answer.Operations) != n || answer.Operations[n-1].Status != "201" {
			b.Fatalf("%v %s", err, response.Body)
		}
		b.StartTimer()
	}
	for _, work := range []struct {
		name string
		do   func(b *testing.B)
	}{{"single", single}, {"bulk", bulk}, {"single again", single}, {"bulk again", bulk}} {
		b.Run(work.name, func(b *testing.B) {
			for range b.N {
				work.do(b)
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "creates/s")
		})
	}
}
