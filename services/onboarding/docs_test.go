package onboarding_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/html"
)

// page reads a page as a browser does, without a credential.
func (w *world) page(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Validate(t.Context()); err != nil {
		t.Errorf("the document: %v", err)
	}
	_, docs := w.page(t, "/")
	_, problems := w.page(t, "/problems")
	for _, path := range spec.Paths.InMatchingOrder() {
		for method, o := range spec.Paths.Value(path).Operations() {
			if !strings.Contains(docs, `id="`+o.OperationID+`"`) {
				t.Errorf("the page has no %s %s", method, path)
			}
			list, _ := o.Extensions["x-problems"].([]any)
			for _, p := range list {
				if !strings.Contains(problems, `href="/problems/`+p.(string)+`"`) {
					t.Errorf("%s: there is no problem %s", o.OperationID, p)
				}
			}
		}
	}
	if dir := os.Getenv("SPOKE_TEST_PAGES"); dir != "" { // to look at
		for name, text := range map[string]string{"docs.html": docs, "problems.html": problems} {
			if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		response, text := w.page(t, queue[0])
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", queue[0], response.StatusCode)
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", queue[0], policy)
		}
		if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, link := range checkPage(t, queue[0], text) {
			if !seen[link] {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	if !seen["/problems/slug-taken"] || !seen["/openapi.json"] || !seen["/style.css"] {
		t.Errorf("the pages lead to %v", seen)
	}
}

// checkPage returns the paths that a page leads to. A page has no script, no style of its own, no empty link, no two
// elements of one id, and what it points to in itself is there.
func checkPage(t *testing.T, path, text string) (links []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	ids, inside := make(map[string]bool), []string{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"script", "style", "img", "iframe"}, n.Data) {
			t.Errorf("%s has a %s", path, n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("%s has two %s", path, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has the attribute %s", path, a.Key)
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				inside = append(inside, a.Val[1:])
			case a.Key == "href" && strings.HasPrefix(a.Val, "/"):
				links = append(links, a.Val)
			case a.Key == "href":
				t.Errorf("%s leads to %s", path, a.Val)
			}
		}
	}
	for _, id := range inside {
		if !ids[id] {
			t.Errorf("%s leads to #%s, which is not there", path, id)
		}
	}
	if strings.Contains(text, "ZgotmplZ") || regexp.MustCompile(`<h1>\s*</h1>`).MatchString(text) {
		t.Errorf("%s is not rendered well", path)
	}
	return links
}

// The document that is served is the one that the code is generated from.
func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, text := w.page(t, "/openapi.json")
	served, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	source, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, errA := json.Marshal(served)
	b, errB := json.Marshal(source)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("%v, %v: another document", errA, errB)
	}
}
