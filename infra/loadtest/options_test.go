package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/urfave/cli/v3"
)

// parse reads flags as the command does.
func parse(t *testing.T, args ...string) options {
	t.Helper()
	var o options
	c := command()
	c.Action = func(_ context.Context, c *cli.Command) error {
		o = readOptions(c)
		return nil
	}
	if err := c.Run(t.Context(), append([]string{"loadtest"}, args...)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFlags(t *testing.T) {
	t.Parallel()
	same := cmp.Options{cmp.AllowUnexported(options{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(defaults(), parse(t), same); diff != "" {
		t.Errorf("without flags (-want +got):\n%s", diff)
	}
	got := parse(t, "-clients", "3", "--duration=1s", "--only", "get", "--only", "patch", "--json", "f", "--assert")
	want := defaults()
	want.clients, want.duration, want.only, want.json, want.assert = 3, time.Second, []string{"get", "patch"}, "f", true
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("with flags (-want +got):\n%s", diff)
	}
}

func TestRefusedFlags(t *testing.T) {
	t.Parallel()
	if err := defaults().check(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	for name, tc := range map[string]struct {
		change func(*options)
		says   string
	}{
		"no client":         {func(o *options) { o.clients = 0 }, "--clients must be between 1 and 64, not 0"},
		"too many clients":  {func(o *options) { o.clients = 65 }, "--clients"},
		"less than a page":  {func(o *options) { o.users, o.group, o.large = 99, 1, 1 }, "--users must be between 100"},
		"group too large":   {func(o *options) { o.users = 500 }, "--users must be at least 10000"},
		"empty group":       {func(o *options) { o.group = 0 }, "--group"},
		"no round":          {func(o *options) { o.rounds = 0 }, "--rounds"},
		"no time":           {func(o *options) { o.duration = 0 }, "--duration"},
		"too long":          {func(o *options) { o.duration = time.Hour }, "--duration"},
		"negative warm-up":  {func(o *options) { o.warmUp = -1 }, "--warm-up"},
		"unknown scenario":  {func(o *options) { o.only = []string{"put"} }, `no scenario "put": they are get, find`},
		"two at once, said": {func(o *options) { o.rounds, o.clients = 0, 0 }, "--rounds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := defaults()
			tc.change(&o)
			if err := o.check(); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("err = %v, want it to say %q", err, tc.says)
			}
		})
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	names := scenarioNames()
	if slices.Sort(names); len(slices.Compact(names)) != len(scenarios()) {
		t.Error("two scenarios have one name")
	}
	for _, s := range scenarios() {
		if s.what == "" || (s.prepare == nil) == (s.run == nil) || !strings.Contains(description(), s.what) {
			t.Errorf("scenario %s is not complete", s.name)
		}
	}
	o := defaults()
	o.only = []string{"patch", "get"}
	var chosen []string
	for _, s := range o.chosen() {
		chosen = append(chosen, s.name)
	}
	if diff := cmp.Diff([]string{"get", "patch"}, chosen); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
}

func TestDefaultRunIsShort(t *testing.T) {
	t.Parallel()
	o := defaults()
	load := time.Duration(len(o.chosen())) * 2 * (o.warmUp + time.Duration(o.rounds)*o.duration)
	if load > 9*time.Minute {
		t.Errorf("the rounds of a default run take %v", load)
	}
	if o.bound() < load {
		t.Errorf("a run is stopped after %v, before its rounds end", o.bound())
	}
}
