package chromium

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Options says which Chromium Start runs. The zero value is one that reaches localhost and names below it.
type Options struct {
	// Log receives a line for each thing that the user should know: what was installed. May be nil.
	Log io.Writer
	// Domains are further domains that resolve, with every name below them, to 127.0.0.1.
	Domains []string
}

// notef writes one line for the user.
func (o Options) notef(format string, args ...any) {
	if o.Log != nil {
		_, _ = fmt.Fprintf(o.Log, format+"\n", args...)
	}
}

// arguments are the command line.
func (o Options) arguments(profile string) []string {
	args := []string{
		"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--lang=en-US",
		// What it reaches. A proxy would resolve names by itself.
		"--no-proxy-server", "--host-resolver-rules=" + o.resolver(),
		"--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-sync",
		"--disable-quic", "--no-pings", "--disable-features=Translate,MediaRouter,OptimizationHints",
		// What it asks and shows of its own accord.
		"--no-first-run", "--no-default-browser-check", "--disable-default-apps", "--disable-extensions", "--disable-breakpad",
		"--password-store=basic", "--use-mock-keychain", "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb",
		// A tab that is not the one in front must run as if it were: there is one for each test.
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
		"--disable-hang-monitor", "--disable-ipc-flooding-protection",
		"--disable-gpu", "--disable-dev-shm-usage", // a container's /dev/shm is too small
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // the sandbox refuses root
	}
	return append(args, "about:blank")
}

// resolver returns the rules for names. The first that fits decides, and the last fits also an address that is written out.
func (o Options) resolver() string {
	rules := []string{"MAP *.localhost 127.0.0.1"}
	for _, domain := range o.Domains {
		rules = append(rules, "MAP "+domain+" 127.0.0.1", "MAP *."+domain+" 127.0.0.1")
	}
	return strings.Join(append(rules, "MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"), ", ")
}
