package onboarding_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/askspoke/spoke/tenancy/operator"
)

// endless is a body without an end, which breaks off when more of it was read than anybody needs.
type endless struct {
	line string
	read int
}

const endlessLimit = 64 << 20

// Read returns the line again and again.
func (e *endless) Read(p []byte) (int, error) {
	if e.read > endlessLimit {
		return 0, io.ErrClosedPipe
	}
	n := copy(p, e.line)
	e.read += n
	return n, nil
}

// An import is read as it is used: what is wrong at its beginning is said at once, whatever follows.
func TestImportIsNotKeptInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := &endless{line: `{"kind":"user"}` + "\n"}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/v1/tenants/import?slug=acme", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.keys[operator.Manage])
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %d", response.StatusCode)
	}
}
