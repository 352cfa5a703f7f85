//go:build !linux

package main

import "syscall"

// detached returns nothing: what it does on Linux is not to be had in the same way elsewhere.
func detached() *syscall.SysProcAttr { return nil }
