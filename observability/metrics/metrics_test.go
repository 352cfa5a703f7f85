package metrics

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/askspoke/spoke/observability/health"
)

func scrape(t *testing.T, r *Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	r.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	r := New(Build{Version: "1.2.3", Revision: "abc", GoVersion: "go1.26"})
	users := "/scim/v2/Users/:id"
	r.SCIMRequest(Request{Tenant: "acme", Route: users, Method: "GET", Status: 200, Duration: 2 * time.Millisecond})
	r.SCIMRequest(Request{Route: users, Method: "PATCH", Status: 400, SCIMType: "invalidPath"})
	r.SCIMRequest(Request{Method: "BREW", Status: 404})
	r.SCIMRequest(Request{Route: users, Method: "PUT", Status: 400, SCIMType: "made-up"})
	ended := r.SCIMRequestStarted()
	r.SCIMRequestStarted()
	ended()
	r.Operation("acme", Operation{"User", "create", health.Accepted})
	r.Operation("acme", Operation{"Rôle", "made-up", health.Refused})
	r.Job("sweep", "done", true, time.UnixMilli(1500))
	r.Job("sweep", "failed", false, time.UnixMilli(2500))

	got := scrape(t, r)
	for _, want := range []string{
		`spoke_scim_requests_total{code="200",method="GET",route="/scim/v2/Users/:id"} 1`,
		`spoke_scim_requests_total{code="404",method="other",route="none"} 1`,
		`spoke_scim_request_duration_seconds_bucket{class="2xx",method="GET",route="/scim/v2/Users/:id",le="0.0025"} 1`,
		`spoke_scim_request_duration_seconds_count{class="4xx",method="PATCH",route="/scim/v2/Users/:id"} 1`,
		`spoke_scim_errors_total{scim_type="invalidPath"} 1`,
		`spoke_scim_errors_total{scim_type="none"} 1`,
		`spoke_scim_errors_total{scim_type="other"} 1`,
		`spoke_scim_requests_in_flight 1`,
		`spoke_provisioning_operations_total{action="create",outcome="accepted",resource="User"} 1`,
		`spoke_provisioning_operations_total{action="other",outcome="refused",resource="other"} 1`,
		`spoke_tenant_operations_total{action="create",outcome="accepted",resource="User",tenant="acme"} 1`,
		`spoke_tenant_requests_total{class="2xx",tenant="acme"} 1`,
		`spoke_build_info{goversion="go1.26",revision="abc",version="1.2.3"} 1`,
		`spoke_job_runs_total{job="sweep",outcome="done"} 1`,
		`spoke_job_runs_total{job="sweep",outcome="failed"} 1`,
		`spoke_job_last_done_timestamp_seconds{job="sweep"} 1.5`,
		`go_goroutines `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestRegistriesAreIndependent(t *testing.T) {
	t.Parallel()
	one, two := New(Build{}), New(Build{})
	one.Operation("acme", Operation{"Group", "delete", health.Refused})
	if strings.Contains(scrape(t, two), `resource="Group"`) {
		t.Error("one registry shows the other's figures")
	}
}

func TestDatabasePool(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("postgres", "postgres://127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(7)
	r := New(Build{})
	if err := r.Database(db, "tenants"); err != nil {
		t.Fatal(err)
	}
	if got := scrape(t, r); !strings.Contains(got, `go_sql_max_open_connections{db_name="tenants"} 7`) {
		t.Error("the pool's figures are missing")
	}
	if r.Database(db, "tenants") == nil {
		t.Error("one name was added twice")
	}
}
