package grafana

import (
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// A kind is how a panel shows what its queries return.
type kind int

const (
	series  kind = iota // lines over time
	stacked             // lines over time that add up
	figure              // the present value, large
	name                // the present series' name, large
	bars                // the present values, ranked
	states              // which series was there when
	rows                // the present values in a table
)

// A panel answers one question.
type panel struct {
	kind
	title string
	// about says which question the panel answers, and what to do about the answer.
	about         string
	unit          string
	width, height uint32 // of 24 columns, in rows; zero: the kind's own
	queries       []query
	steps         []step // where the colour changes, from green
	words         []word // what values mean
	max           float64
	drill         string        // the label that has a tenant, whose dashboard a click opens
	joined        []string      // of rows: the columns' titles, the queries in order, joined by tenant
	columns       []columnStyle // of rows
}

type query struct{ expr, legend string }

// A step is from which value on a colour is used.
type step struct {
	from  float64
	color string
}

type word struct {
	value       float64
	text, color string
}

// A columnStyle is what is different in one column.
type columnStyle struct {
	title, unit string
	steps       []step
	words       []word
}

// source is the data source that the reader chooses.
func source() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}
}

// Build returns the panel for Grafana, without its place.
func (p panel) Build() (dashboard.Panel, error) {
	built, err := p.visual()
	if err != nil {
		return built, err
	}
	built.Title, built.Description, built.Datasource = &p.title, &p.about, new(source())
	built.GridPos = p.size()
	for i, q := range p.queries {
		target, err := p.target(i, q)
		if err != nil {
			return built, err
		}
		built.Targets = append(built.Targets, target)
	}
	if built.FieldConfig == nil {
		built.FieldConfig = dashboard.NewFieldConfigSource()
	}
	defaults := &built.FieldConfig.Defaults
	defaults.Unit, defaults.Mappings = &p.unit, mappings(p.words)
	if p.max > 0 {
		defaults.Min, defaults.Max = new(0.0), &p.max
	}
	if p.kind != states && p.kind != rows { // a column has its own
		defaults.Thresholds = thresholds(p.steps)
	}
	if p.drill != "" {
		link, err := tenantLink(p.kind, p.drill).Build()
		if err != nil {
			return built, err
		}
		link.Placement = nil // it is a dashboard's alone
		defaults.Links = []dashboard.DashboardLink{link}
	}
	return built, nil
}

func (p panel) size() *dashboard.GridPos {
	size := dashboard.GridPos{W: 12, H: 8}
	switch p.kind {
	case figure, name:
		size = dashboard.GridPos{W: 4, H: 4}
	case states, rows:
		size.W = 24
	}
	if p.width > 0 {
		size.W = p.width
	}
	if p.height > 0 {
		size.H = p.height
	}
	return &size
}

// target returns a query: over time where the panel shows time, else of the present.
func (p panel) target(i int, q query) (variants.Dataquery, error) {
	t := prometheus.NewDataqueryBuilder().
		Datasource(source()).Expr(q.expr).RefId(string(rune('A' + i))).EditorMode(prometheus.QueryEditorModeCode)
	if q.legend != "" {
		t.LegendFormat(q.legend)
	}
	switch p.kind {
	case series, stacked, states:
		t.Range()
	case rows:
		t.Instant().Format(prometheus.PromQueryFormatTable)
	default:
		t.Instant()
	}
	return t.Build()
}

// visual returns the panel's own kind of panel.
func (p panel) visual() (dashboard.Panel, error) {
	var b cog.Builder[dashboard.Panel]
	switch p.kind {
	case series, stacked:
		b = p.lines()
	case figure, name:
		text := common.BigValueTextModeAuto
		if p.kind == name {
			text = common.BigValueTextModeName
		}
		color := common.BigValueColorModeValue
		if p.steps == nil && p.words == nil {
			color = common.BigValueColorModeNone
		}
		b = stat.NewPanelBuilder().TextMode(text).ColorMode(color).GraphMode(common.BigValueGraphModeNone).
			ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	case bars:
		b = bargauge.NewPanelBuilder().Orientation(common.VizOrientationHorizontal).
			DisplayMode(common.BarGaugeDisplayModeBasic).
			ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	case states:
		b = statetimeline.NewPanelBuilder().MergeValues(true).ShowValue(common.VisibilityModeNever).
			ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds))
	case rows:
		b = p.table()
	}
	return b.Build()
}

func (p panel) lines() *timeseries.PanelBuilder {
	b := timeseries.NewPanelBuilder().
		FillOpacity(10).ShowPoints(common.VisibilityModeNever).AxisSoftMin(0).
		Legend(common.NewVizLegendOptionsBuilder().
			ShowLegend(true).DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).
			Calcs([]string{"lastNotNull", "max"}))
	if p.kind == stacked {
		b.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
	}
	if p.steps != nil {
		b.ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
	}
	return b
}

// table shows one row for each series, or for each tenant where several queries are joined.
func (p panel) table() *table.PanelBuilder {
	b := table.NewPanelBuilder()
	hidden, titles := map[string]bool{"Time": true}, map[string]string{}
	if len(p.joined) == 0 {
		titles["Value"] = p.title
	} else {
		b.WithTransformation(dashboard.DataTransformerConfig{
			Id: "joinByField", Options: map[string]any{"byField": p.drill, "mode": "outer"},
		})
	}
	for i, title := range p.joined {
		letter := string(rune('A' + i))
		titles["Value #"+letter] = title
		hidden["Time "+strconv.Itoa(i+1)] = true
		if title == "" { // its labels are what is shown
			hidden["Value #"+letter] = true
		}
	}
	b.WithTransformation(dashboard.DataTransformerConfig{
		Id: "organize", Options: map[string]any{"excludeByName": hidden, "renameByName": titles},
	})
	for _, c := range p.columns {
		properties := []dashboard.DynamicConfigValue{{Id: "unit", Value: c.unit}}
		if c.words != nil {
			properties = append(properties, dashboard.DynamicConfigValue{Id: "mappings", Value: mappings(c.words)})
		}
		if c.steps != nil {
			properties = append(
				properties,
				dashboard.DynamicConfigValue{Id: "thresholds", Value: thresholds(c.steps)},
				dashboard.DynamicConfigValue{Id: "custom.cellOptions", Value: map[string]string{"type": "color-text"}},
			)
		}
		b.OverrideByName(c.title, properties)
	}
	if len(p.joined) > 0 {
		b.SortBy([]cog.Builder[common.TableSortByFieldState]{
			common.NewTableSortByFieldStateBuilder().DisplayName(p.joined[0]).Desc(true),
		})
	}
	return b
}

func thresholds(steps []step) *dashboard.ThresholdsConfig {
	config := &dashboard.ThresholdsConfig{
		Mode: dashboard.ThresholdsModeAbsolute, Steps: []dashboard.Threshold{{Color: "green"}},
	}
	for _, s := range steps {
		config.Steps = append(config.Steps, dashboard.Threshold{Value: new(s.from), Color: s.color})
	}
	return config
}

func mappings(words []word) []dashboard.ValueMapping {
	if words == nil {
		return nil
	}
	options := make(map[string]dashboard.ValueMappingResult)
	for i, w := range words {
		options[strconv.FormatFloat(w.value, 'f', -1, 64)] = dashboard.ValueMappingResult{
			Text: new(w.text), Color: new(w.color), Index: new(int32(i)), //nolint:gosec // a handful
		}
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}}
}
