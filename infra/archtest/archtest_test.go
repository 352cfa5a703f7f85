package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func TestHouse(t *testing.T) {
	t.Parallel()
	packages, err := Load(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) == 0 {
		t.Fatal("no package was found")
	}
	report(t, CheckImports(packages, Rules))
	report(t, CheckNames(packages))
}

func TestSources(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go" && filepath.Ext(name) != ".sql":
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		relative, err := filepath.Rel(root, path)
		report(t, CheckSource(filepath.ToSlash(relative), source))
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

func report(t *testing.T, breaches []string) {
	t.Helper()
	for _, breach := range breaches {
		t.Error(breach)
	}
}

func TestEachRuleCanFail(t *testing.T) {
	t.Parallel()
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			if rule.Why == "" {
				t.Error("no reason")
			}
			p := Package{Path: rule.Breach[0], Imports: []string{"context", rule.Breach[1]}}
			if got := CheckImports([]Package{p}, []Rule{rule}); len(got) != 1 {
				t.Errorf("want one breach, got %q", got)
			}
			p.TestImports, p.Imports = p.Imports, nil
			if got := CheckImports([]Package{p}, []Rule{rule}); (len(got) == 1) != rule.Tests {
				t.Errorf("in a test: got %q", got)
			}
		})
	}
}

func TestAllowedImports(t *testing.T) {
	t.Parallel()
	allowed := []Package{
		{Path: "scim/filter", Imports: []string{"strings", "golang.org/x/text/cases", "scim/schema"}, TestImports: []string{"github.com/google/go-cmp/cmp"}},
		{Path: "tenancy/directory", Imports: []string{"scim/provider", "tenancy/journal", "github.com/lib/pq"}, TestImports: []string{"infra/pgtest"}},
		{Path: "billing/metering", Imports: []string{"billing", "tenancy/journal"}},
		{Path: "services/gateway", Imports: []string{"github.com/gin-gonic/gin", "services/gateway/middleware", "tenancy/token"}},
		{Path: "services/console", Imports: []string{"services/background", "services/console/live"}},
		{Path: "services/background", Imports: []string{"context", "log/slog"}},
		{Path: "services/cmd/spoke", Imports: []string{"services/gateway", "infra/postgres", "tenancy/lifecycle"}},
		{Path: "infra/loadtest", Imports: []string{"services/provisioner", "infra/pgtest", "tenancy"}},
	}
	report(t, CheckImports(allowed, Rules))
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	got := CheckNames([]Package{
		{Path: "scim/util", Name: "util", Doc: "Package util ..."},
		{Path: "tenancy/x", Name: "helpers", Doc: "Package helpers ..."},
		{Path: "tenancy/token", Name: "token", GoFiles: []string{"token.go"}},
		{Path: "pkg/token", Name: "token", Doc: "Package token ..."},
		{Path: "scim/filter", Name: "filter", Doc: "Package filter ...", GoFiles: []string{"parse.go"}},
	})
	want := []string{
		"scim/util: the name says nothing of what the package is for",
		"tenancy/x: the name says nothing of what the package is for",
		"tenancy/token: no package comment",
		"pkg/token: a new top-level directory, which archtest's roots must name",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCheckSource(t *testing.T) {
	t.Parallel()
	const path = "search_path"
	for name, tc := range map[string]struct {
		file, source string
		breaches     int
	}{
		"set in go":               {"a/a.go", "package a\nconst q = `SET " + path + " = x`\n", 1},
		"spoken of in go":         {"a/a.go", "package a\n// no " + path + " here\n", 0},
		"set in a test":           {"a/a_test.go", "package a\nconst q = `SET " + path + "`\n", 0},
		"set in sql":              {"a/a.sql", "SELECT 1;\nSET " + path + " = x;\n", 1},
		"spoken of in sql":        {"a/a.sql", "SELECT 1; -- no " + path + "\n", 0},
		"schema built":            {"a/a.go", "package a\nvar q = \"tenant_\" + id\n", 1},
		"schema formatted":        {"a/a.go", "package a\nvar q = fmt.Sprintf(`SELECT 1 FROM tenant_%s.users`, id)\n", 1},
		"control schema":          {"a/a.go", "package a\nconst q = `SELECT slug FROM spoke.tenants`\n", 1},
		"schema built in its one": {"tenancy/tenantdb/a.go", "package a\nvar q = \"tenant_\" + id\n", 0},
		"another word":            {"a/a.go", "package a\nconst a, b = `tenant_id`, `spoke_tenant_`\n", 0},
	} {
		if got := CheckSource(tc.file, []byte(tc.source)); len(got) != tc.breaches {
			t.Errorf("%s: want %d breaches, got %q", name, tc.breaches, got)
		}
	}
}
