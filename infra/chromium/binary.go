package chromium

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/askspoke/spoke/infra/install"
)

// packages are what has the program. Homebrew's chromium is unsigned, so macOS would not start it.
var packages = install.Names{"apt-get": "chromium-headless-shell", "dnf": "chromium", "apk": "chromium", "brew": "google-chrome"}

// names are what the program is called, and places where it can be when it is not on the PATH; the first that is there is
// run. The headless shell is the same engine without the windows of a desktop's browser, which take twice as much time as the
// pages, although nobody sees them. Debian's command for it is a script that stays, which signals would reach in its place.
var names = []string{
	"/usr/lib/chromium/chromium-headless-shell", "chrome-headless-shell",
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/usr/bin/chromium", "/usr/bin/google-chrome", "/opt/google/chrome/chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// find returns the path of the program, empty when there is none.
func find() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// locate returns the path of the program, and installs it when there is none.
func locate(ctx context.Context, o Options) (string, error) {
	if path := find(); path != "" {
		return path, nil
	}
	m, ok := install.Find(packages)
	if !ok {
		return "", errors.New("no Chromium and no Google Chrome was found, and no package manager to install one with: " +
			"install either, so that chromium or google-chrome is on the PATH")
	}
	o.notef("chromium: installing it with %s, because none was found", m.Name)
	if err := m.Install(ctx, func() bool { return find() != "" }); err != nil {
		return "", err
	}
	path := find()
	if path == "" {
		return "", fmt.Errorf("%s installed Chromium, but it was not found after it", m.Name)
	}
	return path, nil
}
