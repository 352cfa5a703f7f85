//go:build unix

package promtest_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// The tenants: one that is provisioned as it should be, with some faults, in cycles; one whose plan is too small for it; and
// one that is paused.
const (
	loaded  = "acme"
	limited = "globex"
	paused  = "initech"
)

// The provisioned tenant's cycles, with pauses that are long enough at the check's pace to divide them.
const (
	cadence = 6 * time.Second
	cycle   = 2 * time.Second
)

// A provider sends what an identity provider sends. It is for one goroutine.
type provider struct {
	spoke        *spoke
	ctx          context.Context //nolint:containedctx // it is that of the test
	host, secret string
	fault        error // the first request without an answer
}

// do sends a request, whose answer must have the status, unless that is 0.
func (p *provider) do(want int, method, path, body string) map[string]any {
	status, document, err := p.spoke.send(p.ctx, p.host, p.secret, method, path, body)
	switch {
	case p.ctx.Err() != nil || p.fault != nil:
	case err != nil:
		p.fault = err
	case want != 0 && status != want:
		p.fault = fmt.Errorf("%s %s%s: %d %v, want %d", method, p.host, path, status, document, want)
	}
	return document
}

// load creates the tenants and loads them until the test ends. A request that is not answered as it should be fails the test.
func (s *spoke) load(t *testing.T) {
	t.Helper()
	of := func(host, secret string) *provider {
		return &provider{spoke: s, ctx: t.Context(), host: host, secret: secret}
	}
	acme, globex, initech := s.tenant(t, loaded, ""), s.tenant(t, limited, "tiny"), s.tenant(t, paused, "")
	of("api", s.apiKey).do(http.StatusOK, http.MethodPost, "/v1/tenants/"+paused+"/pause", "")

	start := time.Now()
	repeat(t, of(loaded, acme), 100*time.Millisecond, func(p *provider, n int) {
		if time.Since(start)%cadence < cycle {
			p.provision(n)
		}
	})
	// Who guesses more often is slowed down. It is not the provisioned tenant, whose cycles have pauses.
	repeat(t, of(limited, "wrong"), 2*time.Second, func(p *provider, _ int) {
		p.do(http.StatusUnauthorized, http.MethodGet, "/scim/v2/Users", "")
	})
	repeat(t, of(limited, ""), 2*time.Second, func(p *provider, _ int) {
		p.do(http.StatusUnauthorized, http.MethodPost, "/oauth/token", "grant_type=client_credentials&client_id=x&client_secret=y")
	})
	for range 6 { // one request in a second is let through, and those wait that need not wait long
		repeat(t, of(limited, globex), 100*time.Millisecond, func(p *provider, _ int) {
			p.do(0, http.MethodGet, "/scim/v2/Users", "") // 200 or 429
		})
	}
	repeat(t, of(paused, initech), 200*time.Millisecond, func(p *provider, _ int) {
		p.do(0, http.MethodGet, "/scim/v2/Users", "") // 503 as soon as the pause has arrived
	})
	repeat(t, of("api", s.apiKey), 500*time.Millisecond, func(p *provider, _ int) {
		p.do(http.StatusOK, http.MethodGet, "/v1/tenants", "")
		p.do(http.StatusNotFound, http.MethodGet, "/v1/tenants/nobody", "")
	})
	repeat(t, of("console", ""), time.Second, func(p *provider, _ int) {
		p.do(http.StatusOK, http.MethodGet, "/sign-in", "")
	})
}

// repeat has a provider send the same again and again until the test ends.
func repeat(t *testing.T, p *provider, every time.Duration, send func(*provider, int)) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for n := 0; ; n++ {
			send(p, n)
			select {
			case <-t.Context().Done():
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() { // the test's context has ended
		<-done
		if p.fault != nil {
			t.Error(p.fault)
		}
	})
}

// provision sends what Entra sends for a user and a group, and what is refused.
func (p *provider) provision(n int) {
	const users, groups = "/scim/v2/Users", "/scim/v2/Groups"
	name := "user" + strconv.Itoa(n)
	user := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + name + `","active":true}`
	id, _ := p.do(http.StatusCreated, http.MethodPost, users, user)["id"].(string)
	p.do(http.StatusConflict, http.MethodPost, users, user)
	p.do(http.StatusOK, http.MethodGet, users+"?filter=userName+eq+%22"+name+"%22", "")
	p.do(http.StatusOK, http.MethodPatch, users+"/"+id, operation("Replace", "title", `"Engineer"`))
	p.do(http.StatusBadRequest, http.MethodPatch, users+"/"+id, operation("replace", "nonsense", `1`))
	if n%10 == 0 { // more at a time, and the deletion guard would hold them
		p.do(http.StatusOK, http.MethodPatch, users+"/"+id, operation("Replace", "active", `"False"`))
	}
	group, _ := p.do(http.StatusCreated, http.MethodPost, groups, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"group`+strconv.Itoa(n)+`"}`)["id"].(string)
	p.do(http.StatusNoContent, http.MethodPatch, groups+"/"+group, operation("Add", "members", `[{"value":"`+id+`"}]`))
}

func operation(op, path, value string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"` + op + `","path":"` + path + `","value":` + value + `}]}`
}
