package provider_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
	"github.com/askspoke/spoke/scim/provider"
)

// FuzzBulk sends bulk requests of whatever form. An answer is a refusal of the client's fault, or lists operations of
// which each went well or says why not; and there are as many resources as the answer says, so that nothing of a
// failed operation stays.
func FuzzBulk(f *testing.F) {
	user, group := post("/Users", "u", `{"userName":"u"}`), post("/Groups", "g", team("g", "bulkId:u", "bulkId:h"))
	for _, body := range []string{
		"", "{}", bulkBody(""), bulkBody(`"failOnErrors":1,`, user, user), bulkBody("", user, group),
		bulkBody("", group, post("/Groups", "h", team("h", "bulkId:g")), user),
		bulkBody("", post("/Groups", "h", team("h", "bulkId:h")), post("/Users", "u", managed("u", "bulkId:v")), post("/Users", "v", managed("U", "bulkId:u"))),
		bulkBody(`"failOnErrors":2,`, `{"method":"DELETE","path":"/Users/00000000-0000-4000-8000-000000000001"}`, `{"method":"put","path":"/users/bulkId:u","data":{"userName":"v"}}`, user),
		bulkBody("", user, `{"method":"PATCH","path":"/Groups/00000000-0000-4000-8000-000000000002","version":"W/\"1\"","data":`+
			patch(`{"op":"remove","path":"members[value eq \"bulkId:u\" or value eq bulkId:g]"}`, `{"op":"add","path":"members","value":"bulkId:u"}`)+`}`),
		bulkBody("", user, post("/Users", "v", `{"userName":"v","`+deskSchema+`":{"boss":"Users/bulkId:u","peers":["bulkId:v"]}}`), `{"method":"DELETE","path":"/Me"}`,
			`{"method":"PATCH","path":"/Users/bulkId:v","data":`+patch(`{"op":"add","path":"`+deskSchema+`:link[to eq \"Users/bulkId:u\"].value","value":"x"}`)+`}`),
		bulkBody("", post("/Bulk", "1", "{}"), `{"method":"GET","path":"/Users"}`, `{"method":"POST","path":"/Users/.search","bulkId":"\"","data":{"a":"bulkId:\""}}`),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, lenient := range []func() *scim.Leniency{scim.Auto, scim.Strict} {
			s := newService(t, memstore.New(), scim.Auto).withDesk()
			s.create("/Groups", `{"displayName":"there","members":`+memberList(s.create("/Users", `{"userName":"there"}`))+`}`)
			s.Lenient = lenient
			response, err := s.Serve(t.Context(), provider.Request{Method: http.MethodPost, Path: "/Bulk", Body: body})
			var refusal *scim.Error
			if err != nil {
				if !errors.As(err, &refusal) || refusal.Status != 400 && refusal.Status != 413 || refusal.Detail == "" {
					t.Fatal(err)
				}
				continue
			}
			want := 2
			for _, o := range response.Operations {
				switch {
				case o.Status == http.StatusCreated:
					want++
				case o.Status == http.StatusNoContent && o.Method == http.MethodDelete:
					want--
				case o.Status == http.StatusNotImplemented: // /Me
				case o.Status >= 500 || o.Status < 200 || (o.Error == nil) != (o.Status < 300):
					t.Fatalf("%+v", o)
				}
			}
			if !json.Valid(response.Body) {
				t.Fatalf("%s", response.Body)
			}
			got := 0.0
			for _, path := range []string{"/Users", "/Groups"} {
				total, _ := s.do("GET", path+"?count=0", "").object(t)["totalResults"].(float64)
				got += total
			}
			if got != float64(want) {
				t.Fatalf("%v resources, want %d: %s", got, want, response.Body)
			}
		}
	})
}
