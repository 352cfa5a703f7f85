package grafana_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/askspoke/spoke/infra/grafana"
	"github.com/askspoke/spoke/infra/prometheus"
)

// The parts of a dashboard's JSON that are looked at.
type (
	board struct {
		UID        string `json:"uid"`
		Title      string
		Tags       []string
		Templating struct{ List []struct{ Name, Type string } }
		Panels     []panel
	}
	panel struct {
		ID                       int `json:"id"`
		Type, Title, Description string
		Datasource               source
		GridPos                  struct{ X, Y, W, H int }
		Targets                  []target
		FieldConfig              struct {
			Defaults struct {
				Unit  string
				Links []struct{ URL string }
			}
		}
	}
	target struct {
		RefID      string
		Expr       string
		Instant    bool
		Range      bool
		Datasource source
	}
	source struct{ Type, UID string }
)

// boards reads the committed files, since those are what Grafana gets.
func boards(t *testing.T) map[string]board {
	t.Helper()
	files, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := make(map[string]board)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b board
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = b
	}
	return all
}

func TestCommittedDashboardsAreWhatIsWritten(t *testing.T) {
	t.Parallel()
	files, err := grafana.Files()
	if err != nil {
		t.Fatal(err)
	}
	committed := boards(t)
	for _, f := range files {
		delete(committed, f.Name)
		file := filepath.Join("dashboards", f.Name+".json")
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(f.Text), string(got)); diff != "" {
			t.Errorf("%s is not what the values say: run ./task dashboards (-want +got):\n%s", file, diff)
		}
	}
	for name := range committed {
		t.Errorf("dashboards/%s.json is written by nothing", name)
	}
}

func TestDashboards(t *testing.T) {
	t.Parallel()
	uids := make(map[string]bool)
	for name, b := range boards(t) {
		if uids[b.UID] {
			t.Errorf("%s: another dashboard has the uid %s", name, b.UID)
		}
		uids[b.UID] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.HasPrefix(b.UID, "spoke-") || !strings.HasPrefix(b.Title, "Spoke / ") || !slices.Contains(b.Tags, "spoke") {
				t.Errorf("uid %q, title %q, tags %q", b.UID, b.Title, b.Tags)
			}
			if v := b.Templating.List; len(v) == 0 || v[0].Name != "datasource" || v[0].Type != "datasource" {
				t.Errorf("the first variable is not the data source: %v", v)
			}
			ids, titles := make(map[int]bool), make(map[string]bool)
			var used [24][200]string // which panel takes which cell of the grid
			for _, p := range b.Panels {
				if ids[p.ID] || p.ID == 0 || titles[p.Title] || p.Title == "" {
					t.Errorf("panel %d, %q: the number or the title is missing, or there twice", p.ID, p.Title)
				}
				ids[p.ID], titles[p.Title] = true, true
				for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
					for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
						if x >= len(used) || used[x][y] != "" {
							t.Fatalf("panel %q does not fit at column %d, row %d", p.Title, x, y)
						}
						used[x][y] = p.Title
					}
				}
				if p.Type != "row" {
					for _, fault := range lint(p) {
						t.Errorf("panel %q: %s", p.Title, fault)
					}
				}
			}
		})
	}
}

var (
	function = regexp.MustCompile(`\b(rate|irate|increase|delta|deriv|[a-z]+_over_time)\(([^()\[\]]*)\[([^\]]+)\]`)
	variable = regexp.MustCompile(`\$\{?\w+`)
)

// lint returns what is wrong with a panel.
func lint(p panel) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if p.FieldConfig.Defaults.Unit == "" {
		fault("it has no unit")
	}
	if len(p.Description) < 60 || !strings.Contains(p.Description, "?") || !strings.HasSuffix(p.Description, ".") {
		fault("the description does not say which question it answers and what to do: %q", p.Description)
	}
	if want := (source{"prometheus", "${datasource}"}); p.Datasource != want {
		fault("its data source is %v, want %v", p.Datasource, want)
	}
	if len(p.Targets) == 0 {
		fault("it asks nothing")
	}
	for _, q := range p.Targets {
		if q.Datasource != p.Datasource {
			fault("query %s goes to %v", q.RefID, q.Datasource)
		}
		if q.Instant == q.Range {
			fault("query %s is of the present: %t, and of time: %t", q.RefID, q.Instant, q.Range)
		}
		if unknown := prometheus.Unknown(q.Expr); len(unknown) > 0 {
			fault("nothing is named %q", unknown)
		}
		if len(prometheus.Named(q.Expr)) == 0 && !strings.HasPrefix(q.Expr, "ALERTS{") {
			fault("query %s names no metric: %s", q.RefID, q.Expr)
		}
		for _, f := range function.FindAllStringSubmatch(q.Expr, -1) {
			want := "$__rate_interval"
			if f[1] == "increase" && q.Instant {
				want = "$__range"
			}
			if f[3] != want {
				fault("%s is over %s, want %s", f[1], f[3], want)
			}
		}
		if brackets := strings.Count(q.Expr, "["); brackets != len(function.FindAllString(q.Expr, -1)) {
			fault("query %s has a range that is not looked at: %s", q.RefID, q.Expr)
		}
		for _, v := range variable.FindAllString(q.Expr, -1) {
			if !slices.Contains([]string{"$__rate_interval", "$__range", "$tenant"}, v) {
				fault("nothing sets %s", v)
			}
		}
	}
	return faults
}

// The linter finds each of the faults.
func TestLint(t *testing.T) {
	t.Parallel()
	good := func() panel {
		p := panel{Description: "Is it well? It is, as long as the line stays flat; else look into the log.", Datasource: source{"prometheus", "${datasource}"}}
		p.FieldConfig.Defaults.Unit = "short"
		p.Targets = []target{{RefID: "A", Expr: `sum(rate(spoke_scim_requests_total[$__rate_interval]))`, Range: true, Datasource: p.Datasource}}
		return p
	}
	if faults := lint(good()); len(faults) > 0 {
		t.Errorf("a good panel: %q", faults)
	}
	for want, spoil := range map[string]func(*panel){
		"no unit":         func(p *panel) { p.FieldConfig.Defaults.Unit = "" },
		"the description": func(p *panel) { p.Description = "Requests." },
		"its data source": func(p *panel) { p.Datasource.UID = "P1809F7CD0C75ACF3" },
		"asks nothing":    func(p *panel) { p.Targets = nil },
		"goes to":         func(p *panel) { p.Targets[0].Datasource.UID = "" },
		"of the present":  func(p *panel) { p.Targets[0].Range = false },
		"nothing is":      func(p *panel) { p.Targets[0].Expr = `spoke_nonsense` },
		"no metric":       func(p *panel) { p.Targets[0].Expr = `vector(1)` },
		"is over 5m":      func(p *panel) { p.Targets[0].Expr = `rate(spoke_scim_requests_total{code="5.."}[5m])` },
		"not looked at":   func(p *panel) { p.Targets[0].Expr = `sum(up)[5m:1m]` },
		"nothing sets":    func(p *panel) { p.Targets[0].Expr = `up{job="$job"}` },
	} {
		p := good()
		spoil(&p)
		if faults := lint(p); !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("%s: %q", want, faults)
		}
	}
}

// Where the fleet names tenants, a click opens one.
func TestFleetLeadsToTheTenant(t *testing.T) {
	t.Parallel()
	all := boards(t)
	open := "/d/" + all["tenant"].UID + "?var-tenant=$"
	linked := 0
	for _, p := range all["fleet"].Panels {
		links := p.FieldConfig.Defaults.Links
		if len(links) > 0 && strings.HasPrefix(links[0].URL, open) {
			linked++
		} else if len(p.Targets) > 0 && strings.Contains(p.Targets[0].Expr, "by (tenant)") && p.Type != "stat" {
			t.Errorf("panel %q names tenants and opens none: %v", p.Title, links)
		}
	}
	if linked == 0 {
		t.Error("nothing opens a tenant")
	}
}

// The files that Grafana is provisioned with are YAML, and their places are what README.md says.
func TestProvisioning(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"provisioning/datasources/spoke.yml", "provisioning/dashboards/spoke.yml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Version     int `yaml:"apiVersion"`
			Datasources []struct{ Name, Type, UID, URL string }
			Providers   []struct {
				Name, Type string
				Options    struct{ Path string }
			}
		}
		if err := yaml.Unmarshal(text, &document); err != nil || document.Version != 1 || len(document.Datasources)+len(document.Providers) != 1 {
			t.Errorf("%s: %v, %+v", file, err, document)
		}
	}
}

// The README says of each dashboard what it answers.
func TestREADMENamesEveryDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range boards(t) {
		if !strings.Contains(string(text), "[`"+name+"`](dashboards/"+name+".json)") {
			t.Errorf("README.md does not name %s (%s)", name, b.Title)
		}
	}
}
