//go:build unix

package browser_test

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/browser"
)

// A recorder is a test that may fail.
type recorder struct {
	testing.TB

	mu     sync.Mutex
	said   strings.Builder
	failed bool
}

func (r *recorder) say(failed bool, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || failed
	r.said.WriteString(text + "\n")
}

func (r *recorder) Logf(format string, args ...any)   { r.say(false, fmt.Sprintf(format, args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.say(true, fmt.Sprintf(format, args...)) }
func (r *recorder) Failed() bool                      { r.mu.Lock(); defer r.mu.Unlock(); return r.failed }

func (r *recorder) Fatalf(format string, args ...any) {
	r.say(true, fmt.Sprintf(format, args...))
	panic(r) // failing recovers it; a real test's goroutine ends here
}

// failing runs what must fail a test, and returns what it says.
func failing(t *testing.T, f func(t testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		f(r)
	}()
	if !r.Failed() {
		t.Error("it does not fail")
	}
	return r.said.String()
}

func TestFailure(t *testing.T) { //nolint:tparallel // it sets the environment, as no parallel test may
	directory := filepath.Join(t.TempDir(), "shots")
	t.Setenv(browser.FailedVariable, directory)
	at := site(t, map[string]string{"/": page("Failure", form+`<p hidden>Secret</p><button>Twice</button><button>Twice</button>
		<input aria-label="Fixed" value="a" readonly>`)})
	for _, c := range []struct {
		name string
		do   func(b *browser.Browser)
		want string
	}{
		{"absent text", func(b *browser.Browser) { b.WaitFor("Secret") }, `wait for "Secret": it is not there`},
		{"text that stays", func(b *browser.Browser) { b.WaitGone("Owner") }, "it is still there"},
		{"absent button", func(b *browser.Browser) { b.Click("Absent") }, `click "Absent": there is none`},
		{"text is no button", func(b *browser.Browser) { b.Click("Failure") }, "there is none"},
		{"ambiguous button", func(b *browser.Browser) { b.Click("Twice") }, "there are 2"},
		{"disabled button", func(b *browser.Browser) { b.Click("Save as") }, "it is disabled"},
		{"no selector", func(b *browser.Browser) { b.Click("css:a[") }, "not a valid selector"},
		{"absent part", func(b *browser.Browser) { b.Within("#absent").Click("Save") }, "nothing matches #absent"},
		{"absent choice", func(b *browser.Browser) { b.Fill("Role", "King") }, `it offers "Viewer", "Owner"`},
		{"no date", func(b *browser.Browser) { b.Fill("Day", "soon") }, "it does not take soon"},
		{"short field", func(b *browser.Browser) { b.Fill("Short", "abcd") }, `it has "abc" after "abcd"`},
		{"read-only field", func(b *browser.Browser) { b.Fill("Fixed", "b") }, "it is disabled or read-only"},
		{"box to fill in", func(b *browser.Browser) { b.Fill("Keep it", "yes") }, "nothing can be written into it"},
		{"absent file", func(b *browser.Browser) { b.Attach("Name", "x") }, "there is none"},
		{"no key", func(b *browser.Browser) { b.Press("Entr") }, "there is no such key"},
		{"no held key", func(b *browser.Browser) { b.Press("Shft+a") }, `no key "Shft" to hold`},
		{"exception", func(b *browser.Browser) { browser.Evaluate[int](b, "absent()") }, "absent is not defined"},
		{"no download", func(b *browser.Browser) { b.Download() }, "none has begun"},
		{"nothing copied", func(b *browser.Browser) { b.Copied("Keep it") }, "nothing was copied"},
		{"no answer", func(b *browser.Browser) { b.Open("http://absent.example") }, "ERR_NAME_NOT_RESOLVED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := failing(t, func(t testing.TB) {
				b := browser.New(t)
				b.Open(strings.Replace(at, "127.0.0.1", "localhost", 1))
				b.Patience = 5 * time.Second
				c.do(b)
			})
			if !strings.Contains(said, c.want) || !strings.Contains(said, "the page when the test failed") {
				t.Errorf("it says %q, without %q", said, c.want)
			}
			name := strings.ReplaceAll(t.Name(), "/", "-") + ".png"
			file, err := os.Open(filepath.Join(directory, name))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := png.Decode(file); err != nil {
				t.Error(err)
			}
		})
	}
}

// A test that fails by itself shows the page too.
func TestFailureOfTheTest(t *testing.T) { //nolint:tparallel // what is looked at is what the inner one has said at its end
	t.Parallel()
	at := site(t, map[string]string{"/": page("Look here", "")})
	r := &recorder{TB: t}
	t.Run("", func(t *testing.T) {
		r.TB = t
		browser.New(r).Open(at)
		r.Errorf("failed")
	})
	if got := r.said.String(); !strings.Contains(got, "Look here") {
		t.Errorf("it says %q", got)
	}
}

func TestScreenshot(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	b.Open(site(t, map[string]string{"/": page("Picture", `<p class="big">Long</p>`)}))
	path := filepath.Join(t.TempDir(), "pictures", "dark.png")
	for _, c := range []struct {
		width, height, least, most int
		dark                       bool
		red                        uint32
	}{
		{600, 500, 500, 500, false, 0xff},
		{500, 0, 3000, 3300, true, 0x11},
	} {
		b.Screenshot(path, c.width, c.height, c.dark)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		image, err := png.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		size := image.Bounds().Size()
		red, _, _, _ := image.At(1, size.Y-1).RGBA()
		if size.X != c.width || size.Y < c.least || size.Y > c.most || red>>8 != c.red {
			t.Errorf("%+v: it is of %v, its corner %#x", c, size, red)
		}
	}
	if width := browser.Evaluate[int](b, `innerWidth`); width != 1280 {
		t.Errorf("afterwards the page is %d wide", width)
	}
}
