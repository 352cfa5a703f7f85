//go:build unix

package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A printer tells the story as it goes. It is safe for use by several goroutines.
type printer struct {
	mu     sync.Mutex
	to     io.Writer
	colour bool
	start  time.Time
}

func newPrinter(to io.Writer, colour bool) *printer {
	return &printer{to: to, colour: colour, start: time.Now()}
}

// The colours, as a terminal takes them.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (p *printer) paint(colour, text string) string {
	if !p.colour || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (p *printer) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = fmt.Fprintf(p.to, format+"\n", args...)
}

func (p *printer) prologue(pace int) {
	p.line("%s", p.paint(bold, "The story of three customers whose identity providers provision users into Spoke."))
	p.line("An initial cycle, incremental ones, 30 %% failures, an expired token, a mass deletion, and each time the recovery.\n"+
		"Postgres, Spoke, Prometheus and a mail server run on this machine for it, and are stopped at the end.\n"+
		"Time passes %d times faster, so it takes about %d minutes, and a minute more to build and start.\n", pace, 3*fastest/pace)
}

// begin counts the time from now on.
func (p *printer) begin() { p.start = time.Now() }

func (p *printer) act(title string) { p.line("\n%s", p.paint(bold, title)) }

// say tells one thing of somebody.
func (p *printer) say(kind, colour, text string) {
	p.line("%s %s %s", p.paint(faint, fmt.Sprintf("%6.1fs", time.Since(p.start).Seconds())), p.paint(colour, fmt.Sprintf("%-8s", kind)), text)
}

// does tells what somebody does, check what was found to be as told.
func (p *printer) does(who, what string) { p.say("does", cyan, who+": "+what) }
func (p *printer) check(text string)     { p.say("checked", green, text) }

// keeps says where everything is.
func (p *printer) keeps(s *stage) {
	p.line("\nEverything keeps running until Ctrl-C:\n  mail        %s\n  Prometheus  %s/alerts\n  metrics     http://%s/metrics\n  SCIM        %s/scim/v2\n  API         http://%s/v1/tenants with the host api.localhost and this key: %s",
		s.mail.Web(), s.prometheus.URL(), s.spoke.Metrics, s.spoke.Origin("acme"), s.spoke.Addr, s.spoke.apiKey)
}
