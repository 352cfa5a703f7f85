package promserver

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"github.com/askspoke/spoke/infra/install"
)

// A Program is one that this package finds or installs.
type Program string

// The programs: the server, its tool, which checks and tests rules, and Alertmanager's, which checks its routes.
const (
	Prometheus Program = "prometheus"
	Promtool   Program = "promtool"
	Amtool     Program = "amtool"
)

// packages are what has a program.
var packages = map[Program]install.Names{
	Prometheus: {"apt-get": "prometheus", "dnf": "golang-github-prometheus", "apk": "prometheus", "brew": "prometheus"},
	Promtool:   {"apt-get": "prometheus", "dnf": "golang-github-prometheus", "apk": "prometheus", "brew": "prometheus"},
	Amtool: {
		"apt-get": "prometheus-alertmanager", "dnf": "golang-github-prometheus-alertmanager",
		"apk": "alertmanager", "brew": "alertmanager",
	},
}

// places are where a program can be when it is not on the PATH.
var places = []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"}

// find returns the path of a program, empty when there is none.
func find(p Program) string {
	if path, err := exec.LookPath(string(p)); err == nil {
		return path
	}
	for _, place := range places {
		if path, err := exec.LookPath(filepath.Join(place, string(p))); err == nil {
			return path
		}
	}
	return ""
}

// Locate returns the path of a program, and installs its package when there is none, which it then says in a line to log.
func Locate(ctx context.Context, p Program, log io.Writer) (string, error) {
	if path := find(p); path != "" {
		return path, nil
	}
	m, ok := install.Find(packages[p])
	if !ok {
		return "", fmt.Errorf("no %s was found, and no package manager to install it with: install it", p)
	}
	if log != nil {
		_, _ = fmt.Fprintf(log, "%s: installing it with %s, because none was found\n", p, m.Name)
	}
	if err := m.Install(ctx, func() bool { return find(p) != "" }); err != nil {
		return "", err
	}
	path := find(p)
	if path == "" {
		return "", fmt.Errorf("%s installed the package of %s, but it was not found after it", m.Name, p)
	}
	return path, nil
}

// Run runs a tool to its end. The error has what it printed.
func Run(ctx context.Context, p Program, args ...string) error {
	path, err := Locate(ctx, p, nil)
	if err != nil {
		return err
	}
	if output, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", p, args, err, output)
	}
	return nil
}
