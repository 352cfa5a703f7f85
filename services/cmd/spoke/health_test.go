package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// What an identity provider does is seen in the metrics of a real server, whose time of health passes 60 times as fast: the
// first synchronisation, its end, and failures.
func TestHealthIsExported(t *testing.T) {
	t.Parallel()
	env := []string{
		"SPOKE_DATABASE_URL=" + pgtest.ControlDatabase(t), "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
		"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=0s", "SPOKE_PACE=60", "SPOKE_HEALTH_INTERVAL=12s",
		"SPOKE_RATE_LIMITS=false",
	}
	run := func(args ...string) []byte {
		t.Helper()
		out, err := spoke(t, env, args...).Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	run("tenant", "create", "acme")
	var made struct {
		Secret string `json:"secret_token"`
	}
	if err := json.Unmarshal(run("tenant", "token", "create", "acme", "--name", "Entra", "--json"), &made); err != nil || made.Secret == "" {
		t.Fatalf("made was %+v: %v", made, err)
	}
	p := startServeIn(t, env)
	send := func(want int, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.scim+"/scim/v2/Users", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "acme.askspoke.com"
		r.Header.Set("Authorization", "Bearer "+made.Secret)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Fatalf("status %d, want %d", response.StatusCode, want)
		}
	}
	figure := func(series string) (float64, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.ops+"/metrics", http.NoBody)
		if err != nil {
			return 0, err
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			return 0, err
		}
		found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (.*)$`).FindSubmatch(text)
		if found == nil {
			return 0, fmt.Errorf("there is no %s", series)
		}
		return strconv.ParseFloat(string(found[1]), 64)
	}
	becomes := func(series string, so func(float64) bool) {
		t.Helper()
		fixture.Succeeds(t, series, func() error {
			n, err := figure(series)
			if err == nil && !so(n) {
				err = fmt.Errorf("it is %g", n)
			}
			return err
		})
	}
	is := func(want float64) func(float64) bool { return func(n float64) bool { return n == want } }
	becomes(`spoke_tenant_health{state="awaiting_first_request",tenant="acme"}`, is(1))
	becomes(`spoke_tenants{state="awaiting_first_request"}`, is(1))
	for i := range 30 {
		send(http.StatusCreated, fmt.Sprintf(`{"userName":"user-%d"}`, i))
	}
	becomes(`spoke_tenant_health{state="initial_sync",tenant="acme"}`, is(1))
	becomes(`spoke_tenant_last_success_timestamp_seconds{tenant="acme"}`, func(n float64) bool { return n > 1e9 })
	becomes(`spoke_tenant_users{tenant="acme"}`, func(n float64) bool { return n >= 1 && n <= 30 }) // counted once for now, perhaps amid the burst
	becomes(`spoke_tenant_health{state="healthy",tenant="acme"}`, is(1))                            // ten minutes, which are ten seconds, after the last request
	for range 12 {
		send(http.StatusConflict, `{"userName":"user-1"}`)
	}
	becomes(`spoke_tenant_failure_ratio{tenant="acme"}`, is(1))
	becomes(`spoke_tenant_health_severity{tenant="acme"}`, func(n float64) bool { return n >= 1 })
	becomes(`spoke_activity_lag_seconds`, is(0))
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.out)
	}
	for line := range strings.Lines(p.out.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			t.Errorf("it logged %s", line)
		}
	}
}
