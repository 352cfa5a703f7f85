package metrics

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/askspoke/spoke/observability/health"
)

const (
	protobuf    = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	openMetrics = "application/openmetrics-text;version=1.0.0"
)

// asked scrapes with a header Accept.
func asked(t *testing.T, r *Registry, accept string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	r.Handler().ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	return answer
}

func TestAnExemplarNamesTheRequest(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	r.SCIMRequest(Request{
		Route: "/Users", Method: "POST", Status: 201, Duration: 20 * time.Millisecond,
		RequestID: "6b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c11", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
	})
	r.Onboarding(OnboardingCall{Operation: "createTenant", Method: "POST", Status: 201, Duration: 20 * time.Millisecond, RequestID: "0b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c12"})
	r.Console(ConsoleRequest{Route: "/", Method: "GET", Status: 200})
	answer := asked(t, r, openMetrics)
	if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text") {
		t.Errorf("the Content-Type is %s", kind)
	}
	for _, want := range []string{
		`spoke_scim_request_duration_seconds_bucket{class="2xx",method="POST",route="/Users",le="0.025"} 1 # {`,
		`request_id="6b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c11"`,
		`trace_id="4bf92f3577b34da6a3ce929d0e0e4736"`,
		`spoke_onboarding_call_duration_seconds_bucket{operation="createTenant",le="0.025"} 1 # {request_id="0b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c12"} 0.02`,
	} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(scrape(t, r), "request_id") {
		t.Error("the old text format has no exemplars, and breaks by them")
	}
}

// TestExemplarsTakeTurns keeps what they cost off most requests, and shows each bucket its own.
func TestExemplarsTakeTurns(t *testing.T) {
	t.Parallel()
	r, clock := ranked(1)
	exemplar := func(id string, took time.Duration) string {
		r.SCIMRequest(Request{Route: "/Users", Method: "GET", Status: 200, Duration: took, RequestID: id})
		text := asked(t, r, openMetrics).Body.String()
		_, text, _ = strings.Cut(text, `route="/Users",le="`+map[bool]string{true: "1.0", false: "0.005"}[took > time.Second/2]+`"} `)
		line, _, _ := strings.Cut(text, "\n")
		_, id, _ = strings.Cut(line, `request_id="`)
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	if got := exemplar("one", 3*time.Millisecond); got != "one" {
		t.Errorf("the first is %q", got)
	}
	if got := exemplar("two", 3*time.Millisecond); got != "one" {
		t.Errorf("at once after it: %q", got)
	}
	if got := exemplar("slow", 900*time.Millisecond); got != "slow" {
		t.Errorf("in another bucket: %q", got)
	}
	clock.Pass(exemplarEvery)
	if got := exemplar("three", 3*time.Millisecond); got != "three" {
		t.Errorf("in its turn: %q", got)
	}
}

func TestNativeHistogramsForWhoAsks(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	for i := range 50 {
		r.SCIMRequest(Request{Route: "/Users", Method: "GET", Status: 200, Duration: time.Duration(i) * time.Millisecond, RequestID: "6b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c11"})
	}
	answer := asked(t, r, protobuf)
	histogram := families(t, answer)["spoke_scim_request_duration_seconds"].GetMetric()[0].GetHistogram()
	if len(histogram.GetPositiveSpan()) == 0 || histogram.GetSchema() < 3 {
		t.Errorf("no native buckets, of schema %d", histogram.GetSchema())
	}
	if len(histogram.GetBucket()) != 14 || histogram.GetSampleCount() != 50 {
		t.Errorf("%d classic buckets of %d samples", len(histogram.GetBucket()), histogram.GetSampleCount())
	}
	if len(histogram.GetExemplars()) == 0 || histogram.GetExemplars()[0].GetLabel()[0].GetName() != "request_id" {
		t.Errorf("native exemplars: %v", histogram.GetExemplars())
	}
}

func families(t *testing.T, answer *httptest.ResponseRecorder) map[string]*dto.MetricFamily {
	t.Helper()
	decoder := expfmt.NewDecoder(bytes.NewReader(answer.Body.Bytes()), expfmt.ResponseFormat(answer.Header()))
	byName := make(map[string]*dto.MetricFamily)
	for {
		var family dto.MetricFamily
		err := decoder.Decode(&family)
		if errors.Is(err, io.EOF) {
			return byName
		}
		if err != nil {
			t.Fatal(err)
		}
		byName[family.GetName()] = &family
	}
}

// sorted returns a description with its labels in the order in which they are exported.
func sorted(d Description) Description {
	d.Labels = slices.Sorted(slices.Values(d.Labels))
	return d
}

// fill gives every metric of the package a value.
func fill(r *Registry) {
	r.SCIMRequest(Request{Tenant: "acme", Route: "/Users", Method: "GET", Status: 400, SCIMType: "invalidPath", RequestID: "x"})
	r.Operation("acme", Operation{"User", "create", health.Accepted})
	r.Tolerance("acme", "pathKeys")
	r.RateLimit("write", "refused")
	r.RateLimitRefused("acme", "write")
	r.OAuthRequest("/oauth/token", 400, "invalid_client")
	r.Onboarding(OnboardingCall{Operation: "createTenant", Method: "POST", Status: 409, Problem: "slug-taken"})
	r.Console(ConsoleRequest{Route: "/", Method: "GET", Status: 200})
	r.Job("sweep", "done", true, time.UnixMilli(1500))
}

func TestTheMetricsAreWellNamed(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	fill(r)
	gathered, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(gathered).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestDescriptionsAreOfWhatIsExported(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	fill(r)
	described := make(map[string]Description)
	for _, d := range r.Descriptions() {
		described[d.Name] = d
	}
	got := families(t, asked(t, r, protobuf))
	for name, family := range got {
		d, ok := described[name]
		if !ok {
			if !strings.HasPrefix(name, "promhttp_") { // the handler's own
				t.Errorf("%s is not described", name)
			}
			continue
		}
		if !strings.HasPrefix(name, "spoke_") {
			continue
		}
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, pair.GetName())
		}
		want := Description{Name: name, Type: strings.ToLower(family.GetType().String()), Help: family.GetHelp(), Labels: labels}
		if diff := cmp.Diff(want, sorted(d)); diff != "" {
			t.Errorf("(-exported +described)\n%s", diff)
		}
	}
	for name := range described {
		if strings.HasPrefix(name, "spoke_") && got[name] == nil {
			t.Errorf("%s is described and not exported", name)
		}
	}
}

func TestWhatRequestsPayForCanBeLeftOut(t *testing.T) {
	t.Parallel()
	r := New(Build{})
	r.LeaveOutRequests()
	r.SCIMRequestStarted()
	fill(r)
	got := scrape(t, r)
	for _, name := range []string{"spoke_scim_requests_total{", "spoke_tenant", "spoke_scim_request_duration", "spoke_provisioning_operations_total{", "spoke_ratelimit_requests_total{", "spoke_oauth_requests_total{", "tolerances_total{", "spoke_scim_requests_in_flight 1"} {
		for line := range strings.Lines(got) {
			if strings.Contains(line, name) && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "spoke_tenant_label_overflow_total 0") {
				t.Errorf("counted: %s", line)
			}
		}
	}
	if !strings.Contains(got, `spoke_job_runs_total{job="sweep",outcome="done"} 1`) {
		t.Error("jobs are no requests")
	}
}

func BenchmarkSCIMRequest(b *testing.B) {
	for name, id := range map[string]string{"with exemplar": "6b1f5f0e-9a1f-4d58-8e0b-0a4b8e9d1c11", "without": ""} {
		b.Run(name, func(b *testing.B) {
			r := New(Build{})
			b.ReportAllocs()
			for b.Loop() {
				r.SCIMRequest(Request{Tenant: "acme", Route: "/Users", Method: "GET", Status: 200, Duration: time.Millisecond, RequestID: id})
			}
		})
	}
}
