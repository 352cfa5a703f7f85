package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const line = "4711 (a (b) c) S 17 4711 4711 0 -1 4194560 900 0 0 0 120 30 7 3 20 0 9 0 100 1000 200\n"
	want := stat{parent: 17, own: 1500 * time.Millisecond, ended: 100 * time.Millisecond}
	if got := parseStat(line); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := parseStat("no such line"); got != (stat{}) {
		t.Errorf("got %+v of nonsense", got)
	}
}

func TestReadStat(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc")
	}
	if got := readStat(os.Getpid()); got.parent != os.Getppid() {
		t.Errorf("parent = %d, want %d", got.parent, os.Getppid())
	}
}
