// Package install installs a program with the system's package manager, for development and tests on a fresh machine.
//
// It does not look for the program first, and it starts nothing: Debian's packages, which start what they install, are
// kept from it.
package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/askspoke/spoke/infra/guard"
)

// Names are what a program's package is called, by the package manager: apt-get, dnf, apk, brew.
type Names map[string]string

// A Manager is a package manager that this process can use, and the package to install with it.
type Manager struct {
	Name     string
	commands [][]string
}

var managers = []struct {
	name   string
	asRoot bool // whether it works for root, or for anyone but root
	// commands end with the package.
	commands [][]string
}{
	{"apt-get", true, [][]string{{"apt-get", "update", "-q"}, {"apt-get", "install", "-y", "-q", "--no-install-recommends"}}},
	{"dnf", true, [][]string{{"dnf", "install", "-y"}}},
	{"apk", true, [][]string{{"apk", "add", "--no-cache"}}},
	{"brew", false, [][]string{{"brew", "install"}}},
}

// Find returns the package manager to use, and false when there is none for this user with a package.
func Find(names Names) (Manager, bool) {
	for _, m := range managers {
		name, ok := names[m.name]
		if _, err := exec.LookPath(m.name); !ok || err != nil || m.asRoot != (os.Geteuid() == 0) {
			continue
		}
		found := Manager{Name: m.name}
		for i, command := range m.commands {
			if i == len(m.commands)-1 {
				command = append(command[:len(command):len(command)], name)
			}
			found.commands = append(found.commands, command)
		}
		return found, true
	}
	return Manager{}, false
}

// Install installs the package, unless another process has done so meanwhile, which found tells: one process at a time
// installs.
func (m Manager) Install(ctx context.Context, found func() bool) error {
	unlock, err := lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if found() {
		return nil
	}
	if m.Name == "apt-get" {
		restore, err := withoutServices("/usr/sbin/policy-rc.d")
		if err != nil {
			return err
		}
		defer restore()
	}
	for _, command := range m.commands {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "HOMEBREW_NO_AUTO_UPDATE=1")
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, guard.LastLines(output.String(), 20))
		}
	}
	return nil
}

// withoutServices tells Debian's packages not to start services (Debian Policy, section 9.3.3.1), unless that is said
// already. The returned function takes it back.
func withoutServices(file string) (restore func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keep Debian from starting a service: %w", err)
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("keep Debian from starting a service: %w", err), os.Remove(file))
	}
	return func() { _ = os.Remove(file) }, nil
}
