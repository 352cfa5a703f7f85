package main

import (
	"runtime/debug"
	"testing"
)

func TestRevision(t *testing.T) {
	t.Parallel()
	for want, settings := range map[string][]debug.BuildSetting{
		"":              {{Key: "-race", Value: "true"}},
		"4684ff7":       {{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "4684ff7"}, {Key: "vcs.modified", Value: "false"}},
		"4684ff7-dirty": {{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "4684ff7"}},
	} {
		if got := revision(settings); got != want {
			t.Errorf("revision %q, want %q", got, want)
		}
	}
}
