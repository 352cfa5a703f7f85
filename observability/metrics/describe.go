package metrics

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// A Description says what a metric is.
type Description struct {
	Name, Type, Help string
	Labels           []string
}

// Descriptions returns every metric that is registered, by name.
func (r *Registry) Descriptions() []Description {
	list := slices.Clone(r.described)
	slices.SortFunc(list, func(a, b Description) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// describe returns what a collector says of its metrics.
func describe(c prometheus.Collector) []Description {
	ch := make(chan *prometheus.Desc)
	go func() {
		defer close(ch)
		c.Describe(ch)
	}()
	var list []Description
	for desc := range ch {
		if d, ok := parseDesc(desc.String()); ok {
			d.Type = typeOf(c, d.Name)
			list = append(list, d)
		}
	}
	return list
}

// descText is how the library writes a description, which it lets nobody read in another way. The test of METRICS.md fails
// when that changes.
var descText = regexp.MustCompile(`^Desc\{fqName: "([^"]*)", help: "((?:[^"\\]|\\.)*)", (?:unit: "[^"]*", )?constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)

func parseDesc(text string) (Description, bool) {
	found := descText.FindStringSubmatch(text)
	if found == nil {
		return Description{}, false
	}
	d := Description{Name: found[1], Help: strings.ReplaceAll(found[2], `\"`, `"`)}
	for label := range strings.SplitSeq(found[3], ",") {
		if name, _, ok := strings.Cut(label, "="); ok {
			d.Labels = append(d.Labels, name)
		}
	}
	for label := range strings.SplitSeq(found[4], ",") {
		if label != "" {
			d.Labels = append(d.Labels, strings.TrimSpace(label))
		}
	}
	return d, true
}

// typeOf tells a metric's type from the collector's, and where that is another's, from its name.
func typeOf(c prometheus.Collector, name string) string {
	switch c.(type) {
	case *prometheus.HistogramVec, prometheus.Histogram:
		return "histogram"
	case *prometheus.GaugeVec, prometheus.Gauge, prometheus.GaugeFunc:
		if !strings.HasSuffix(name, "_total") { // a CounterFunc looks the same as a GaugeFunc
			return "gauge"
		}
	}
	if strings.HasSuffix(name, "_total") {
		return "counter"
	}
	return "gauge"
}
