package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embedded "github.com/fergusstrange/embedded-postgres"

	"github.com/askspoke/spoke/infra/guard"
)

// downloaded is the version that is fetched where the system has no package manager for us.
const downloaded = embedded.V17

// download fetches ready-made binaries into the user's cache directory. The library that knows where they are offers no
// fetch by itself, so it starts and stops a throw-away server, which also proves that they work here.
func download(ctx context.Context, o Options) (Binaries, error) {
	if os.Geteuid() == 0 {
		return Binaries{}, errors.New("no Postgres was found, and none of apt-get, dnf and apk to install it with")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return Binaries{}, fmt.Errorf("find a place for the Postgres binaries: %w", err)
	}
	dir := filepath.Join(cache, "spoke", "postgres-"+string(downloaded))
	if b, err := inspect(ctx, filepath.Join(dir, "bin")); err == nil {
		return b, nil
	}
	o.notef("postgres: downloading Postgres %s to %s, because none is installed", downloaded, dir)
	scratch, err := os.MkdirTemp("", "spoke-postgres-check-")
	if err != nil {
		return Binaries{}, fmt.Errorf("make a directory to try Postgres in: %w", err)
	}
	defer os.RemoveAll(scratch)
	port, err := guard.FreePort()
	if err != nil {
		return Binaries{}, err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().Version(downloaded).Port(uint32(port)).
		BinariesPath(dir).RuntimePath(scratch).CachePath(filepath.Join(cache, "spoke")).Logger(io.Discard))
	if err := server.Start(); err != nil {
		return Binaries{}, fmt.Errorf("download Postgres %s (or install one with the system's packages): %w", downloaded, err)
	}
	if err := server.Stop(); err != nil {
		return Binaries{}, fmt.Errorf("stop the Postgres that was tried: %w", err)
	}
	return inspect(ctx, filepath.Join(dir, "bin"))
}
