package redis

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Options says which Redis Start runs. The zero value is one on a free port with a random password.
type Options struct {
	// Log receives a line for each thing that the user should know: what was installed, where it listens. May be nil.
	Log io.Writer
	// Port is the port on 127.0.0.1; zero means any free one.
	Port int
	// Password is the default user's; empty means a random one.
	Password string
	// Settings are further lines of redis.conf, and win over the package's own.
	Settings map[string]string
}

// notef writes one line for the user.
func (o Options) notef(format string, args ...any) {
	if o.Log != nil {
		_, _ = fmt.Fprintf(o.Log, format+"\n", args...)
	}
}

// configuration returns redis.conf, in a stable order.
func (o Options) configuration(dir, password string, port int) string {
	all := map[string]string{
		"bind":        "127.0.0.1",
		"port":        strconv.Itoa(port),
		"requirepass": password,
		"dir":         strconv.Quote(dir),
		"save":        `""`,
		"appendonly":  "no",
		"daemonize":   "no",
	}
	maps.Copy(all, o.Settings)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s %s\n", name, all[name])
	}
	return text.String()
}
