package onboarding

import (
	_ "embed" // the document
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/askspoke/spoke/tenancy/operator"
)

//go:embed openapi.yaml
var openapi []byte

// document is openapi.yaml as the server uses it.
type document struct {
	spec       *openapi3.T
	json       []byte
	operations map[string]*operation // by method and gin's pattern: "GET /v1/tenants/:tenant"
}

// operation is what the document says of one.
type operation struct {
	id     string
	role   operator.Role // that a caller needs
	method string
	route  *routers.Route
	media  string // of the request's body; "": it has none
}

// changes says whether the operation may change something.
func (o *operation) changes() bool { return o.method != http.MethodGet }

// once says whether the operation is made once for an Idempotency-Key.
func (o *operation) once() bool { return o.method == http.MethodPost }

// loadDocument reads it once for all servers of a process, of which tests have many. Nothing changes it.
var loadDocument = sync.OnceValues(readDocument)

func readDocument() (*document, error) {
	spec, err := openapi3.NewLoader().LoadFromData(openapi)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	d := &document{spec: spec, operations: make(map[string]*operation)}
	if d.json, err = json.Marshal(spec); err != nil {
		return nil, fmt.Errorf("write openapi.json: %w", err)
	}
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			role, _ := o.Extensions["x-role"].(string)
			if !operator.Role(role).Valid() {
				return nil, fmt.Errorf("read openapi.yaml: the operation %s has no x-role", o.OperationID)
			}
			known := &operation{
				id: o.OperationID, role: operator.Role(role), method: method,
				route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: o},
			}
			if o.RequestBody != nil {
				for media := range o.RequestBody.Value.Content {
					known.media = media
				}
			}
			d.operations[method+" "+pattern(path)] = known
		}
	}
	return d, nil
}

// pattern returns a path of the document as gin has it.
func pattern(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
