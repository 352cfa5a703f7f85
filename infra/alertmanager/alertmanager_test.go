// Package alertmanager_test checks the example of Alertmanager's configuration with Alertmanager's own tool.
package alertmanager_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/prometheus"
	"github.com/askspoke/spoke/infra/promserver"
)

const file = "alertmanager.yml"

func amtool(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // an installation takes long
	defer cancel()
	if err := promserver.Run(ctx, promserver.Amtool, args...); err != nil {
		t.Error(err)
	}
}

func TestAmtoolAccepts(t *testing.T) {
	t.Parallel()
	amtool(t, "check-config", file)
}

// Every alert reaches the pager when it is critical and the inbox otherwise, and none reaches two.
func TestAlertsAreRouted(t *testing.T) {
	t.Parallel()
	for _, a := range prometheus.Alerts(prometheus.Real) {
		labels := []string{"alertname=" + a.Alert}
		for name, value := range a.Labels {
			labels = append(labels, name+"="+value)
		}
		if strings.Contains(a.Annotations["summary"], "$labels.tenant") {
			labels = append(labels, "tenant=acme")
		}
		want := "inbox"
		if a.Labels["severity"] == string(prometheus.Critical) {
			want = "pager"
		}
		amtool(t, append([]string{"config", "routes", "test", "--config.file=" + file, "--verify.receivers=" + want}, labels...)...)
	}
}

// An inhibition of an alert that was renamed would inhibit nothing, and nobody would notice.
func TestInhibitionsNameAlerts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var alerts []string
	for _, a := range prometheus.Alerts(prometheus.Real) {
		alerts = append(alerts, a.Alert)
	}
	named := regexp.MustCompile(`Spoke\w+`).FindAllString(regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(string(text), ""), -1)
	if len(named) == 0 {
		t.Error("no alert is named")
	}
	for _, name := range named {
		if !slices.Contains(alerts, name) {
			t.Errorf("%s is no alert", name)
		}
	}
}
