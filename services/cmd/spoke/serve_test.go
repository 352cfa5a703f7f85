package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// serveProcess is a running spoke serve with the tenant acme.
type serveProcess struct {
	*exec.Cmd
	out       *fixture.Log
	scim, ops string // addresses
}

// startServe returns when it serves.
func startServe(t *testing.T, drain string) *serveProcess {
	t.Helper()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=" + drain,
	}
	if out, err := spoke(t, env, "tenant", "create", "acme").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return startServeIn(t, env)
}

// startServeIn is startServe in an environment.
func startServeIn(t *testing.T, env []string) *serveProcess {
	t.Helper()
	p := &serveProcess{Cmd: spoke(t, env, "serve"), out: &fixture.Log{}}
	p.Stderr = p.out
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	fixture.Succeeds(t, "spoke serves", func() error {
		line, _, whole := strings.Cut(p.out.String(), "\n")
		var serving struct {
			SCIM string `json:"scim_address"`
			Ops  string `json:"metrics_address"`
		}
		if err := json.Unmarshal([]byte(line), &serving); !whole || err != nil || serving.SCIM == "" {
			return fmt.Errorf("it printed: %s", p.out)
		}
		p.scim, p.ops = serving.SCIM, serving.Ops
		return nil
	})
	return p
}

// status asks over a connection of its own, as a load balancer's new one.
func (p *serveProcess) status(t *testing.T, addr, path string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Close = "acme.askspoke.com", true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.out)
	}
	response.Body.Close()
	return response.StatusCode
}

// A server that is told to stop says so before it refuses a connection.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	p := startServe(t, "1h")
	if got := p.status(t, p.ops, "/readyz"); got != http.StatusOK {
		t.Errorf("/readyz: %d", got)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	fixture.Succeeds(t, "it is not ready", func() error {
		if got := p.status(t, p.ops, "/readyz"); got != http.StatusServiceUnavailable {
			return fmt.Errorf("/readyz: %d", got)
		}
		return nil
	})
	if got := p.status(t, p.scim, "/scim/v2/ServiceProviderConfig"); got != http.StatusOK {
		t.Errorf("SCIM while draining: %d", got)
	}
	if got := p.status(t, p.ops, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz while draining: %d", got)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil || strings.Contains(p.out.String(), `"stopped"`) {
		t.Errorf("a second signal does not end it at once: %v\n%s", err, p.out)
	}
}

func TestServeStopsAfterDraining(t *testing.T) {
	t.Parallel()
	p := startServe(t, "1ms")
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.out)
	}
	_, after, _ := strings.Cut(p.out.String(), `"msg":"draining","delay":"1ms"`)
	if !strings.Contains(after, `"msg":"stopped"`) {
		t.Errorf("it printed: %s", p.out)
	}
}

// The worker alone serves no SCIM, does what is due, and stops.
func TestServeWorker(t *testing.T) {
	t.Parallel()
	url := pgtest.ControlDatabase(t)
	env := []string{
		"SPOKE_DATABASE_URL=" + url, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:1", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=1ms",
	}
	if out, err := spoke(t, env, "tenant", "create", "acme").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	db := pgtest.Open(t, url, tenantdb.Options{})
	m := lifecycle.New(lifecycle.Config{DB: db})
	acme, err := m.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Delete(t.Context(), acme.ID, 0); err != nil {
		t.Fatal(err)
	}
	if out, err := spoke(t, env, "serve", "--role", "wheel").CombinedOutput(); err == nil || !strings.Contains(string(out), "the roles are gateway, onboarding, console, worker") {
		t.Errorf("%v\n%s", err, out)
	}
	p := serveProcess{Cmd: spoke(t, env, "serve", "--role", "worker"), out: &fixture.Log{}}
	p.Stderr = p.out
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	fixture.Succeeds(t, "the tenant is purged", func() error {
		if _, err := m.Get(t.Context(), "acme"); !errors.Is(err, tenancy.ErrNotFound) {
			return fmt.Errorf("it is there: %w\n%s", err, p.out)
		}
		return nil
	})
	fixture.Succeeds(t, "the job is counted", func() error {
		_, rest, _ := strings.Cut(p.out.String(), `"metrics_address":"`) // what it says comes through a pipe, later than what it does
		address, _, _ := strings.Cut(rest, `"`)
		response, err := identityProvider.Get("http://" + address + "/metrics")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err == nil && !strings.Contains(string(text), `spoke_job_runs_total{job="purge tenants",outcome="done"}`) {
			err = errors.New("it is not")
		}
		return err
	})
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || !strings.Contains(p.out.String(), `"msg":"stopped"`) {
		t.Errorf("%v\n%s", err, p.out)
	}
}
