package main

import (
	"os"
	"strconv"
	"strings"
)

// memory is what a process had resident before something, and the most that it had since, in bytes.
type memory struct{ before, peak int64 }

// watchMemory returns the memory that a process has resident, and begins its peak anew: proc(5) has 5 for that. It is 0
// where the system has no /proc.
func watchMemory(pid int) int64 {
	_ = os.WriteFile(procFile(pid, "clear_refs"), []byte("5"), 0) // where it cannot be written, the peak is the process's
	return readMemory(pid, "VmRSS")
}

// peakMemory returns the most that was resident since watchMemory.
func peakMemory(pid int) int64 { return readMemory(pid, "VmHWM") }

func readMemory(pid int, field string) int64 {
	text, _ := os.ReadFile(procFile(pid, "status"))
	return parseStatus(string(text), field)
}

func procFile(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// parseStatus reads a field of a process's status that is given in kB.
func parseStatus(text, field string) int64 {
	_, rest, _ := strings.Cut("\n"+text, "\n"+field+":")
	line, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	return n << 10
}
