package requirement_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim/scimtest/requirement"
)

var idForm = regexp.MustCompile(`^(7643|7644|9865)-[1-9][0-9]*(\.[1-9][0-9]*)*-[1-9][0-9]*$`)

func TestRows(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, r := range requirement.All() {
		switch {
		case !idForm.MatchString(r.ID):
			t.Errorf("%s is no id", r.ID)
		case seen[r.ID]:
			t.Errorf("%s is there twice", r.ID)
		case !slices.Contains(requirement.Levels(), r.Level):
			t.Errorf("%s has the level %q", r.ID, r.Level)
		case !strings.HasSuffix(r.Text, "."):
			t.Errorf("%s has no sentence: %q", r.ID, r.Text)
		case r.Reason != "" && len(r.Tests) > 0:
			t.Errorf("%s has tests and a reason why it has none", r.ID)
		}
		seen[r.ID] = true
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r, ok := requirement.Find("7644-3.5.2-10")
	if !ok || r.RFC() != "7644" || r.Section() != "3.5.2" || r.Level != requirement.Shall {
		t.Errorf("found %+v", r)
	}
	if _, ok := requirement.Find("7644-3.5.2-999"); ok {
		t.Error("found a row that is not there")
	}
}

// TestTestsExist looks for the Go tests that rows name. Where this module is used without the rest of the repository,
// the packages of the rest are not looked at.
func TestTestsExist(t *testing.T) {
	t.Parallel()
	for _, r := range requirement.All() {
		for _, name := range r.Tests {
			folder, function, ok := strings.Cut(name, ".")
			if !ok {
				t.Errorf("%s: %q is no package and test", r.ID, name)
			}
			folder = filepath.Join("../../..", folder)
			if _, err := os.Stat(folder); err != nil {
				continue
			}
			if !declares(t, folder, function) {
				t.Errorf("%s: there is no test %s", r.ID, name)
			}
		}
	}
}

func declares(t *testing.T, folder, function string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+function+"(t ") {
			return true
		}
	}
	return false
}
