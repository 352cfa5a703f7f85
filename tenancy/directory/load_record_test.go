package directory

import (
	"testing"
	"time"
)

// TestLoadRepeated takes over a document with elements that a client's body has once: earlier versions kept them.
func TestLoadRepeated(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const id = "00000000-0000-4000-8000-000000000001"
	document := func(more string) []byte {
		return []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"` + id + `","userName":"ann",` + more + `}`)
	}
	for more, wanted := range map[string]bool{
		`"emails":[{"value":"a","type":"work"},{"value":"A","type":"work","primary":true}]`:                          true,
		`"emails":[{"value":"a","type":"work"},{"value":"a","type":"work"}]`:                                         true,
		`"emails":[{"value":"a","type":"work"},{"value":"a","type":"work","hat":"red"}]`:                             false,
		`"emails":[{"value":"a","type":"work","primary":true},{"value":"b","primary":true}]`:                         false,
		`"emails":[{"value":"a","type":"work"},{"value":"a","type":"work"},{"type":null,"value":"c","display":"C"}]`: false,
	} {
		written := document(more)
		got, columns, err := Store{}.recordColumns(builtIn()[0], Record{Version: 1, Created: at, Modified: at, Document: written})
		if (err == nil) != wanted {
			t.Errorf("%s: %v", more, err)
		}
		if err == nil && (got != id || columns[0].name != "document" || columns[0].value != string(written)) {
			t.Errorf("%s is kept as %v", more, columns[0].value)
		}
	}
}
