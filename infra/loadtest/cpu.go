package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// cpu is the processor time that a server and the database have used. It is steadier than a rate, since it does not
// count who else used the machine; but it leaves out what waits: for a disk, for a lock.
type cpu struct{ server, database time.Duration }

func (c cpu) minus(d cpu) cpu { return cpu{c.server - d.server, c.database - d.database} }

func (c cpu) plus(d cpu) cpu { return cpu{c.server + d.server, c.database + d.database} }

// readCPU reads the processor time of a server and of the database, whose processes are the children of one. Where the
// system has no /proc it is zero.
func readCPU(server, postmaster int) cpu {
	var c cpu
	c.server = readStat(server).own
	all := readStat(postmaster)
	c.database = all.own + all.ended
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if s := readStat(pid); s.parent == postmaster {
				c.database += s.own
			}
		}
	}
	return c
}

// stat is what /proc says of a process: its parent, its processor time, and that of children that have ended.
type stat struct {
	parent     int
	own, ended time.Duration
}

func readStat(pid int) stat {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}
	}
	return parseStat(string(text))
}

// tick is the unit of /proc on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// parseStat reads the fields that follow the name of the program, which may hold anything: proc(5) counts the parent as
// field 4 and the times as fields 14 to 17.
func parseStat(text string) stat {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return stat{}
	}
	number := func(field int) int {
		n, _ := strconv.Atoi(fields[field-3])
		return n
	}
	return stat{
		parent: number(4),
		own:    time.Duration(number(14)+number(15)) * tick,
		ended:  time.Duration(number(16)+number(17)) * tick,
	}
}
