package console

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/askspoke/spoke/services/console/web"
)

var (
	definedPattern = regexp.MustCompile(`{{-? ?define "([^"]+)"`)
	usedPattern    = regexp.MustCompile(`{{-? ?template "([^"]+)"`)
)

// templatesOf are the texts of a part's pages, each with those that are at hand in it, by the page's name.
func templatesOf(t *testing.T, base []string, p web.Part) map[string][]string {
	t.Helper()
	pages, shared := make(map[string]string), base
	files, err := fs.Glob(p.Templates, "template/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d templates: %v", len(files), err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(p.Templates, file)
		if err != nil {
			t.Fatal(err)
		}
		if name := path.Base(file); strings.HasPrefix(name, "part") || name == "layout.html" {
			shared = append(shared[:len(shared):len(shared)], string(text))
		} else {
			pages[name] = string(text)
		}
	}
	sets := map[string][]string{"": shared}
	for name, text := range pages {
		sets[name] = append(shared[:len(shared):len(shared)], text)
	}
	return sets
}

// Each template that a page names is its own, its part's or the core's: html/template finds out only when it is shown.
func TestTemplatesAreThere(t *testing.T) {
	t.Parallel()
	parts := assembled(t)
	base := templatesOf(t, nil, parts[len(parts)-1])[""]
	found := 0
	for _, p := range parts {
		for name, texts := range templatesOf(t, base, p) {
			if name == "" {
				continue
			}
			set := strings.Join(texts, "\n")
			defined := map[string]bool{}
			for _, match := range definedPattern.FindAllStringSubmatch(set, -1) {
				defined[match[1]] = true
			}
			for _, match := range usedPattern.FindAllStringSubmatch(set, -1) {
				if found++; !defined[match[1]] {
					t.Errorf("%s: there is no template %q", name, match[1])
				}
			}
		}
	}
	if found < 300 {
		t.Errorf("only %d were found", found)
	}
}
