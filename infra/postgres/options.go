package postgres

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// MinVersion is the oldest major version of Postgres that Spoke runs on.
const MinVersion = 14

// Options says which Postgres Start runs. The zero value is a temporary one.
type Options struct {
	// DataDir is the directory that holds the cluster, the password and the log; it is made when it is missing. Empty
	// means a temporary directory, which is deleted when the server stops, also when this process is killed.
	DataDir string
	// Log receives a line for each thing that the user should know: what was installed, where the data is. May be nil.
	Log io.Writer
	// Fsync makes commits durable. Without it a crash of the machine (not of Postgres) can lose the cluster.
	Fsync bool
	// Port is the port on 127.0.0.1; zero means any free one.
	Port int
	// Settings are further server settings, and win over the package's own.
	Settings map[string]string
}

// notef writes one line for the user.
func (o Options) notef(format string, args ...any) {
	if o.Log != nil {
		_, _ = fmt.Fprintf(o.Log, format+"\n", args...)
	}
}

// settings returns the server's settings as arguments, in a stable order.
func (o Options) settings(port int) []string {
	all := map[string]string{
		"listen_addresses": "127.0.0.1",
		"port":             strconv.Itoa(port),
		// The path of a socket may not be longer than about a hundred characters, which a data directory easily is.
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "128MB",
		// A dump or a drop of a whole database locks every table of every tenant at once.
		"max_locks_per_transaction": "512",
		"timezone":                  "UTC",
		"log_timezone":              "UTC",
		"log_line_prefix":           "%m [%p] ",
		"logging_collector":         "off",
	}
	if !o.Fsync {
		all["fsync"], all["synchronous_commit"], all["full_page_writes"] = "off", "off", "off"
	}
	maps.Copy(all, o.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}
