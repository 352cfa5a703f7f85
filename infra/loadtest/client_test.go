package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// echo answers with what it got of a request, on the connection that it came on.
func echo(t *testing.T) *server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s host=%s token=%s type=%s body=%s from=%s", r.Method, r.RequestURI, r.Host,
			r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body, r.RemoteAddr)
	}))
	t.Cleanup(s.Close)
	return &server{addr: s.Listener.Addr().String(), host: "load.localhost", token: "secret"}
}

func TestClientSendsOnOneConnection(t *testing.T) {
	t.Parallel()
	c, err := dial(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	from := "from=" + c.conn.LocalAddr().String()
	for _, r := range []request{
		{method: "GET", path: "/Users/1", status: 200, want: "GET /scim/v2/Users/1 host=load.localhost token=Bearer secret type= body= " + from},
		{method: "DELETE", path: "/Users/1", status: 204},
		{method: "POST", path: "/Users", body: "{ä}", status: 200, want: "type=application/json body={ä} " + from, times: 1},
	} {
		if err := c.do(r); err != nil {
			t.Error(err)
		}
	}
}

func TestWrongAnswersAreErrors(t *testing.T) {
	t.Parallel()
	body := []byte(`{"Resources":[1,1]}`)
	for _, tc := range []struct {
		request request
		status  int
		says    string // "": no error
	}{
		{request{status: 200}, 200, ""},
		{request{status: 200}, 500, `answered 500, expected 200: {"Resources":[1,1]}`},
		{request{status: 200, want: "2"}, 200, "2 is in the answer 0 times"},
		{request{status: 200, want: "1"}, 200, ""},
		{request{status: 200, want: "1", times: 2}, 200, ""},
		{request{status: 200, want: "1", times: 3}, 200, "1 is in the answer 2 times"},
	} {
		err := tc.request.check(tc.status, body)
		if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
			t.Errorf("%+v: err = %v, want %q", tc.request, err, tc.says)
		}
	}
}

func TestRoundEndsAtTheFirstWrongAnswer(t *testing.T) {
	t.Parallel()
	wrong := side{name: "echo", server: echo(t), next: func(client, n int) request {
		if client == 1 && n == 2 {
			return request{method: "GET", path: "/wrong", status: 404}
		}
		return request{method: "GET", path: "/", status: 200}
	}}
	d, err := newDriver(t.Context(), wrong, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := d.round(ctx, time.Hour); err == nil || !strings.Contains(err.Error(), "GET /scim/v2/wrong: answered 200, expected 404") {
		t.Errorf("err = %v", err)
	}
	if d.counts[1] != 3 || d.sent() < 3 {
		t.Errorf("counts = %v", d.counts)
	}
}
