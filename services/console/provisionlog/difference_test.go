package provisionlog

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/services/console/word"
	"github.com/askspoke/spoke/tenancy/journal"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	d, err := detailOf(journal.Entry{Detail: []byte(`{"changes":[
		{"path":"name","old":{"givenName":"A","familyName":"B"},"new":{"givenName":"C","familyName":"B"}},
		{"path":"nickName","old":"x"},
		{"path":"emails","old":[{"value":"a"}],"new":[{"value":"a"},{"value":"b","primary":true}]},
		{"path":"manager","new":{"value":"1"}},
		{"path":"n","old":1234567890123456789,"new":12345678901234567890.5}],
		"document":{"schemas":["x"],"id":"1","active":true,"` + urn + `":{"department":"IT"}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	list, more := differences(d, false)
	want := []difference{
		{"name.givenName", []string{"A"}, []string{"C"}},
		{"nickName", []string{"x"}, nil},
		{"emails", []string{"value: a"}, []string{"value: a", "primary: true, value: b"}},
		{"manager.value", nil, []string{"1"}},
		{"n", []string{"1234567890123456789"}, []string{"12345678901234567890.5"}},
		{"active", nil, []string{"true"}},
		{urn + ":department", nil, []string{"IT"}},
	}
	if diff := cmp.Diff(want, list); diff != "" || more != 0 {
		t.Errorf("%d %s", more, diff)
	}
	if got := word.Took(1500 * time.Millisecond); got != "1.5 s" {
		t.Error(got)
	}
}
