package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// A change is journaled, unless the environment says otherwise, and then the log does too.
func TestServeJournal(t *testing.T) {
	t.Parallel()
	for _, journaled := range []bool{true, false} {
		database := pgtest.ControlDatabase(t)
		env := []string{
			"SPOKE_DATABASE_URL=" + database, "SPOKE_BASE_DOMAIN=askspoke.com", "SPOKE_TOKEN_KEY=" + token.GenerateKey(),
			"SPOKE_ADDR=127.0.0.1:0", "SPOKE_METRICS_ADDR=127.0.0.1:0", "SPOKE_DRAIN_DELAY=0s",
		}
		if !journaled {
			env = append(env, "SPOKE_JOURNAL=false")
		}
		out, err := spoke(t, env, "tenant", "create", "acme", "--json").Output()
		var made struct {
			Secret string `json:"secret_token"`
		}
		if err != nil || json.Unmarshal(out, &made) != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		p := startServeIn(t, env)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.scim+"/scim/v2/Users", strings.NewReader(`{"userName":"ada"}`))
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
		db := pgtest.Open(t, database, tenantdb.Options{})
		tenant, err := lifecycle.New(lifecycle.Config{DB: db}).Get(t.Context(), tenancy.Slug("acme"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := journal.List(t.Context(), db, tenantdb.SchemaFor(tenant.ID), journal.Query{})
		if response.StatusCode != http.StatusCreated || err != nil || (len(page.Entries) == 1) != journaled {
			t.Errorf("journaled %t: answered %d, %d entries, %v", journaled, response.StatusCode, len(page.Entries), err)
		}
		if warned := strings.Contains(p.out.String(), "SPOKE_JOURNAL is false"); warned == journaled {
			t.Errorf("journaled %t: the log is\n%s", journaled, p.out)
		}
		if text := p.metrics(t); !strings.Contains(text, "\nspoke_journal_refusals_dropped_total 0\n") {
			t.Error("the metrics say nothing of the journal")
		}
	}
}

// metrics returns what Prometheus would read.
func (p *serveProcess) metrics(t *testing.T) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.ops+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
