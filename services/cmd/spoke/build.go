package main

import (
	"runtime"
	"runtime/debug"

	"github.com/askspoke/spoke/observability/metrics"
)

// version is set by the build.
var version = "dev"

// build says which program runs.
func build() metrics.Build {
	b := metrics.Build{Version: version, GoVersion: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Revision = revision(info.Settings)
	}
	return b
}

// revision returns the commit that Go built from, with -dirty where files were changed, and "" where Go does not say: in
// tests, in go run, and outside a repository.
func revision(settings []debug.BuildSetting) string {
	commit, dirty := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	return commit + dirty
}
