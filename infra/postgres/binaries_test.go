package postgres

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]Binaries{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": {Dir: "d", Version: "15.18", Major: 15},
		"postgres (PostgreSQL) 17.5":                           {Dir: "d", Version: "17.5", Major: 17},
		"postgres (PostgreSQL) 19beta1":                        {Dir: "d", Version: "19beta1", Major: 19},
	} {
		got, err := parseVersion("d", answer)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", answer, err, diff)
		}
	}
	if _, err := parseVersion("d", "pg_ctl: no"); err == nil {
		t.Error("no version was taken for one")
	}
}

func TestWithoutDebianClusterIsTakenBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "createcluster.d")
	restore, err := withoutDebianCluster(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "spoke.conf"))
	if err != nil || string(text) != "create_main_cluster = false\n" {
		t.Errorf("wrote %q, %v", text, err)
	}
	restore()
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory stayed")
	}
}
