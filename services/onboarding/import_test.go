package onboarding_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
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

// An import may take longer than other calls. Its key keeps other attempts away all the while, its answer is kept, and one
// whose answer was lost finds what it made.
func TestIdempotencyOfALongImport(t *testing.T) {
	t.Parallel()
	here, there := newWorld(t), newWorld(t)
	here.create(t, "acme")
	out := exported(t, here.as(t, operator.Manage), "acme")
	const line = "POST /v1/tenants/import?slug=beta"
	headers := []string{"Content-Type", "application/x-ndjson", "Idempotency-Key", idempotencyKey}
	reader, writer := io.Pipe()
	answers := make(chan int, 1)
	go func() {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, there.URL+"/v1/tenants/import?slug=beta", reader)
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+there.keys[operator.Admin])
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		answers <- response.StatusCode
	}()
	first, rest, _ := strings.Cut(out, "\n")
	if _, err := io.WriteString(writer, first+"\n"); err != nil {
		t.Fatal(err)
	}
	there.await(t, "SELECT count(*) FROM spoke.tenants WHERE state = 'importing'")
	there.clock.Pass(50 * time.Minute)
	if got := there.send(t, line, out, headers...); got.status != 409 || got.json["type"] != "/problems/request-in-flight" {
		t.Errorf("meanwhile: %d %s", got.status, got.body)
	}
	if _, err := io.WriteString(writer, rest); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close() // of a pipe: no error
	if status := <-answers; status != http.StatusCreated {
		t.Fatalf("answered %d", status)
	}
	kept := there.send(t, line, out, headers...)
	if kept.status != 201 || kept.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %d %s", kept.status, kept.body)
	}
	if _, err := there.db.ExecContext(t.Context(), `UPDATE spoke.idempotency SET answer = NULL, tenant_id = NULL`); err != nil {
		t.Fatal(err)
	}
	there.clock.Pass(2 * time.Hour)
	lost := there.send(t, line, out, headers...)
	if lost.status != 201 || lost.json["id"] != kept.json["id"] || lost.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("after the answer was lost: %d %s", lost.status, lost.body)
	}
}

// await waits until a query counts one.
func (w *world) await(t *testing.T, query string) {
	t.Helper()
	fixture.Eventually(t, query, func() bool {
		var n int
		if err := w.db.GetContext(t.Context(), &n, query); err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
}

// One who stands still in an import or an export loses the connection, and does not keep others away for long.
func TestStalledTransfer(t *testing.T) {
	t.Parallel()
	patient := newWorld(t, func(s *setting) { s.lifecycle.Parallel, s.lifecycle.TransferWait = 1, time.Millisecond })
	patient.create(t, "acme")
	out := exported(t, patient.as(t, operator.Manage), "acme")
	first, _, _ := strings.Cut(out, "\n")
	begin := func(w *world) (*io.PipeWriter, chan *http.Response) {
		reader, writer := io.Pipe()
		answered := make(chan *http.Response, 1)
		go func() {
			defer close(answered)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/v1/tenants/import?slug=beta", reader)
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+w.keys[operator.Admin])
			request.Header.Set("Content-Type", "application/x-ndjson")
			if response, err := http.DefaultClient.Do(request); err != nil {
				t.Error(err)
			} else {
				_ = response.Body.Close() // the status is enough
				answered <- response
			}
		}()
		if _, err := io.WriteString(writer, first+"\n"); err != nil {
			t.Fatal(err)
		}
		return writer, answered
	}
	body, answered := begin(patient)
	patient.await(t, "SELECT count(*) FROM spoke.tenants WHERE state = 'importing'")
	for _, line := range []string{"GET /v1/tenants/acme/export", "POST /v1/tenants/import?slug=gamma"} {
		sent := ""
		if strings.HasPrefix(line, "POST") {
			sent = out
		}
		got := patient.send(t, line, sent, "Content-Type", "application/x-ndjson")
		if got.status != 503 || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", line, got.status, got.body)
		}
	}
	_ = body.Close() // of a pipe: no error
	if got := <-answered; got == nil || got.StatusCode != http.StatusBadRequest {
		t.Errorf("broken off: %v", got)
	}
	brisk := newWorld(t, func(s *setting) { s.stall = 100 * time.Millisecond })
	body, answered = begin(brisk)
	defer body.Close()
	select {
	case got := <-answered:
		if got == nil || got.StatusCode != http.StatusBadRequest {
			t.Errorf("stalled: %v", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("a stalled import holds on")
	}
}

// An export whose reader stands still is broken off.
func TestStalledExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *setting) { s.stall = 100 * time.Millisecond })
	acme := w.create(t, "acme")
	// More than the buffers of two sockets hold.
	if _, err := w.db.ExecContext(t.Context(), `INSERT INTO `+tenantdb.SchemaFor(tenancy.ID(acme.ID)).Table("journal")+`
		(id, at, action, resource_type, resource_id, version, actor, request_id, detail)
		SELECT md5(i::text)::uuid, $1, 'user.created', 'User', md5(i::text)::uuid, 1, 'a', '', jsonb_build_object('text', repeat('x', 1000000))
		FROM generate_series(1, 40) i`, time.Now()); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/v1/tenants/acme/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.keys[operator.Admin])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() // nothing of it is read
	w.await(t, "SELECT count(*) FROM spoke.audit WHERE operation = 'exportTenant' AND status IS NOT NULL")
	if _, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Error("it looks whole")
	}
}
