//go:build !unix

package main

import (
	"os"
	"os/exec"
)

var passedOn = []os.Signal{os.Interrupt}

func fromTerminal(os.Signal) bool { return true }

func statusOf(exit *exec.ExitError) int { return exit.ExitCode() }
