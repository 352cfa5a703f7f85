package redis

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/askspoke/spoke/infra/install"
)

// packages are what a Redis server is called.
var packages = install.Names{"apt-get": "redis-server", "dnf": "redis", "apk": "redis", "brew": "redis"}

// places are where a server can be when it is not on the PATH.
var places = []string{"/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/homebrew/opt/redis/bin"}

// find returns the path of a server, empty when there is none.
func find() string {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path
	}
	for _, place := range places {
		if path, err := exec.LookPath(filepath.Join(place, "redis-server")); err == nil {
			return path
		}
	}
	return ""
}

// locate returns the path of a server, and installs one when there is none.
func locate(ctx context.Context, o Options) (string, error) {
	if path := find(); path != "" {
		return path, nil
	}
	m, ok := install.Find(packages)
	if !ok {
		return "", errors.New("no redis-server was found, and no package manager to install it with: install Redis")
	}
	o.notef("redis: installing it with %s, because none was found", m.Name)
	if err := m.Install(ctx, func() bool { return find() != "" }); err != nil {
		return "", err
	}
	path := find()
	if path == "" {
		return "", fmt.Errorf("%s installed Redis, but no redis-server was found after it", m.Name)
	}
	return path, nil
}
