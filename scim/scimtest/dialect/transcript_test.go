package dialect

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/memstore"
)

var update = flag.Bool("update", false, "write what the transcripts need into them and into testdata/tolerances.md")

func all(t testing.TB) []*Transcript {
	t.Helper()
	transcripts, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return transcripts
}

// Each transcript, over a store in memory, needs the tolerances that it lists and no others.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	for _, tr := range all(t) {
		t.Run(tr.Name, func(t *testing.T) {
			t.Parallel()
			server := Serve(t, memstore.New(), scim.Auto)
			Play(t, server.Target, tr)
			used := server.Used()
			if *update {
				rewrite(t, tr, used)
			} else if diff := cmp.Diff(tr.Needs, used); diff != "" {
				t.Errorf("the tolerances that it lists and those that it needs (-listed +needed):\n%s", diff)
			}
		})
	}
}

// rewrite writes the list of tolerances into the file of a transcript.
func rewrite(t *testing.T, tr *Transcript, used []string) {
	t.Helper()
	if slices.Equal(tr.Needs, used) {
		return
	}
	path := filepath.Join("testdata", filepath.FromSlash(tr.Name)+".txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "# needs:") })
	if i < 0 {
		t.Fatalf("%s has no line %q", path, "# needs:")
	}
	lines[i] = strings.TrimSpace("# needs: " + strings.Join(used, ", "))
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// played tells whether a transcript is played at a server that announces what ours does.
func played(t *testing.T, report Report) bool {
	t.Helper()
	if report.NotPlayed != "" {
		t.Skip("not played: " + report.NotPlayed)
	}
	return true
}

// The list is enough: a profile with those tolerances alone serves the provider.
func TestNoOtherTolerance(t *testing.T) {
	t.Parallel()
	for _, tr := range all(t) {
		t.Run(tr.Name, func(t *testing.T) {
			t.Parallel()
			report := tr.Run(t.Context(), Serve(t, memstore.New(), only(tr.Needs)).Target)
			if played(t, report) && len(report.Findings) > 0 {
				t.Errorf("with the tolerances %s alone:\n%s", strings.Join(tr.Needs, ", "), strings.Join(report.Findings, "\n"))
			}
		})
	}
}

// And no longer than it must be: without any one of them the provider does not get through.
func TestEachToleranceCounts(t *testing.T) {
	t.Parallel()
	for _, tr := range all(t) {
		for i, missing := range tr.Needs {
			t.Run(tr.Name+"/"+missing, func(t *testing.T) {
				t.Parallel()
				rest := slices.Delete(slices.Clone(tr.Needs), i, i+1)
				report := tr.Run(t.Context(), Serve(t, memstore.New(), only(rest)).Target)
				if played(t, report) && len(report.Findings) == 0 {
					t.Error("all is well without it")
				}
			})
		}
	}
}

// only makes leniencies that allow the tolerances of these names.
func only(names []string) func() *scim.Leniency {
	var allowed []scim.Tolerance
	for _, tolerance := range scim.Tolerances() {
		if slices.Contains(names, tolerance.String()) {
			allowed = append(allowed, tolerance)
		}
	}
	return func() *scim.Leniency { return scim.Only(allowed...) }
}

func TestTable(t *testing.T) {
	t.Parallel()
	const path = "testdata/tolerances.md"
	transcripts := all(t)
	if *update { // the files that are embedded here are those of before
		for _, tr := range transcripts {
			server := Serve(t, memstore.New(), scim.Auto)
			if tr.Run(t.Context(), server.Target).NotPlayed == "" {
				tr.Needs = server.Used()
			}
		}
	}
	got := Table(transcripts)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// The table has every provider that the issue names.
func TestProviders(t *testing.T) {
	t.Parallel()
	want := []string{
		"authentik", "aws", "cyberark", "entra", "google", "jumpcloud", "keycloak", "okta", "onelogin", "ping", "rippling",
	}
	if diff := cmp.Diff(want, providersOf(all(t))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
