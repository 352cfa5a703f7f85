package grafana

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// A File is one of dashboards/*.json.
type File struct {
	Name string // without .json
	Text []byte
}

// The dashboards' uids, by which they link to each other.
const (
	fleetUID   = "spoke-fleet"
	tenantUID  = "spoke-tenant"
	tenancyUID = "spoke-tenancy"
	sloUID     = "spoke-slo"
)

// tag is what all dashboards have, by which Grafana lists them on each.
const tag = "spoke"

// A board is a dashboard: rows of panels, and the variables besides the data source.
type board struct {
	uid, title, about string
	from              string // how far back it looks at first
	variables         []cog.Builder[dashboard.VariableModel]
	sections          []section
}

type section struct {
	title  string
	panels []panel
}

// Files returns all dashboards.
func Files() ([]File, error) {
	var files []File
	boards := map[string]board{"fleet": fleet(), "tenant": tenant(), "tenancy": tenancy(), "slo": slo()}
	for _, name := range slices.Sorted(maps.Keys(boards)) {
		built, err := boards[name].build()
		if err != nil {
			return nil, fmt.Errorf("build dashboard %s: %w", name, err)
		}
		text, err := json.MarshalIndent(built, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("write dashboard %s: %w", name, err)
		}
		files = append(files, File{Name: name, Text: append(text, '\n')})
	}
	return files, nil
}

// Write writes the dashboards' files into a directory.
func Write(dir string) error {
	files, err := Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name+".json"), f.Text, 0o644); err != nil {
			return fmt.Errorf("write dashboards: %w", err)
		}
	}
	return nil
}

// build returns the dashboard in the classic form, which Grafana has been provisioned with for years; only the newest reads
// its successor from files.
func (b board) build() (dashboard.Dashboard, error) { //nolint:staticcheck // see above
	builder := dashboard.NewDashboardBuilder(b.title) //nolint:staticcheck // see above
	builder.Uid(b.uid).Description(b.about).Tags([]string{tag}).Readonly().
		Time(b.from, "now").Refresh("30s").Timezone(common.TimeZoneBrowser).Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("Spoke").
			Type(dashboard.DashboardLinkTypeDashboards).Tags([]string{tag}).AsDropdown(true).KeepTime(true).IncludeVars(false)).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").
			Label("Data source").Type("prometheus").Description("The Prometheus that scrapes Spoke."))
	for _, v := range b.variables {
		builder.WithVariable(v)
	}
	id := uint32(0)
	for _, s := range b.sections {
		id++
		builder.WithRow(dashboard.NewRowBuilder(s.title).Id(id))
		for _, p := range s.panels {
			id++
			builder.WithPanel(numbered{p, id})
		}
	}
	built, err := builder.Build()
	for i := range built.Links {
		built.Links[i].Placement = nil // beside the variables, rather than in a menu
	}
	return built, err
}

// numbered is a panel with its number in the dashboard.
type numbered struct {
	panel
	id uint32
}

// Build returns the panel for Grafana.
func (n numbered) Build() (dashboard.Panel, error) {
	built, err := n.panel.Build()
	built.Id = &n.id
	return built, err
}

// tenantLink opens the dashboard of the tenant that is clicked on: a series has it as a label, a table as a column.
func tenantLink(k kind, label string) *dashboard.DashboardLinkBuilder {
	value := "${__field.labels." + label + "}"
	if k == rows {
		value = "${__data.fields." + label + "}"
	}
	return dashboard.NewDashboardLinkBuilder("Open tenant").Type(dashboard.DashboardLinkTypeLink).
		Url("/d/" + tenantUID + "?var-tenant=" + value + "&${datasource:queryparam}&${__url_time_range}")
}
