package main

import "syscall"

// detached keeps a terminal's Ctrl-C from the servers, which are stopped in order, and ends them with this program
// however it ends.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
