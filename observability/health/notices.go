package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Notices returns what to tell now that a verdict follows another, and what has been told then. The first verdict of a
// tenant follows the zero Verdict. There is at most one News.
//
// A reason of Warning or worse is told when it comes and when it becomes more severe; again while it lasts, after
// Pace.TellAgain at the earliest and then ever more seldom; and when it is over. One that came and went is not told again within Pace.TellAgain: how often it returned is
// told after that, in one line. Beyond Pace.TellMost news within Pace.TellDay all is gathered into a digest. While a tenant
// is not served nothing is said to be over.
func Notices(before, after Verdict, told Told, now time.Time, pace Pace) ([]News, Told) {
	now = now.UTC()
	t := told.clone()
	t.Version = ToldVersion
	t.Unserved = !after.served()
	events := t.events(after, now, pace)
	t.Sent = slices.DeleteFunc(t.Sent, func(at time.Time) bool { return !now.Before(at.Add(pace.TellDay)) })
	urgent := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Worse && e.Severity == Critical })
	room := pace.TellMost
	if !urgent {
		room -= pace.TellKept
	}
	gathered := len(t.Waiting) > 0
	t.wait(events)
	if len(t.Waiting) == 0 || len(t.Sent) >= room {
		return nil, t
	}
	news := t.news(gathered, before, after, now)
	for _, code := range news.Codes { // of what was gathered, it is told only now
		if tell, ok := t.Reasons[code]; ok && tell.Lasts && tell.Open {
			tell.At = now
			t.Reasons[code] = tell
		}
	}
	t.Sent = append(t.Sent, now)
	t.Waiting, t.Dropped = nil, 0
	return []News{news}, t
}

// Due returns when Notices has to be called again though the verdict stays as it is; zero for never. Who stores both looks
// at a tenant at this time or at its verdict's DueAt, whichever comes first.
func (t Told) Due(pace Pace) time.Time {
	var due, again, free time.Time
	for code, tell := range t.Reasons {
		if t.Unserved && code.provisioning() {
			continue
		}
		if tell.Lasts {
			again = soonest(again, tell.At.Add(tell.wait(pace)))
			free = later(free, tell.At.Add(pace.TellAgain))
		} else if tell.Returns > 0 {
			due = soonest(due, tell.At.Add(pace.TellAgain))
		}
	}
	if !again.IsZero() {
		due = soonest(due, later(again, free))
	}
	if over := len(t.Sent) - (pace.TellMost - pace.TellKept); len(t.Waiting) > 0 && over >= 0 && over < len(t.Sent) {
		due = soonest(due, t.Sent[over].Add(pace.TellDay))
	}
	return due
}

// soonest returns the earlier of two times, of which zero is none.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// events returns what a verdict adds to what was told, and notes it as told.
func (t *Told) events(v Verdict, now time.Time, pace Pace) []Event {
	is := map[Code]bool{}
	var reasons []Reason
	for _, r := range v.Reasons {
		if r.Severity >= Warning && !(t.Unserved && r.Code.provisioning()) {
			is[r.Code] = true
			reasons = append(reasons, r)
		}
	}
	for code, tell := range t.Reasons {
		if !tell.Lasts && tell.Returns == 0 && !now.Before(tell.At.Add(pace.TellAgain)) {
			delete(t.Reasons, code) // long over: when it comes back it is new
		}
	}
	return append(t.lasting(reasons, now, pace), t.over(is, now, pace)...)
}

// lasting returns what is to be told of reasons that are so. What was told before is told again all at once, so that
// several reasons do not make several mails a day: when the first is due, and none was told within Pace.TellAgain.
func (t *Told) lasting(reasons []Reason, now time.Time, pace Pace) (events []Event) {
	due, free := false, true
	for _, r := range reasons {
		if tell, known := t.Reasons[r.Code]; known && r.Severity <= tell.Severity {
			due = due || !now.Before(tell.At.Add(tell.wait(pace)))
			free = free && !now.Before(tell.At.Add(pace.TellAgain))
		}
	}
	for _, r := range reasons {
		tell, known := t.Reasons[r.Code]
		if known && !tell.Lasts {
			tell.Lasts = true
			tell.Returns++
		}
		event := Event{now, Worse, r.Code, r.Severity, r.Text}
		next := Tell{At: now, Severity: r.Severity, Lasts: true, Open: true}
		switch {
		case !known || r.Severity > tell.Severity:
		case !due || !free:
			t.Reasons[r.Code] = tell
			continue
		case tell.Returns > 0:
			event.Kind, event.Text = Digest, returned(r.Code, tell.Returns)+" "+r.Text
		default:
			event.Kind = Again
			next.Times = tell.Times + 1
		}
		t.Reasons[r.Code] = next
		events = append(events, event)
	}
	return events
}

// over returns what is to be told of reasons that were so.
func (t *Told) over(is map[Code]bool, now time.Time, pace Pace) (events []Event) {
	for _, code := range slices.Sorted(maps.Keys(t.Reasons)) {
		tell := t.Reasons[code]
		if is[code] || t.Unserved && code.provisioning() {
			continue
		}
		replaced := code == CodeExpiring && is[CodeExpired]
		if tell.Lasts && tell.Open && !replaced {
			events = append(events, Event{now, Recovered, code, OK, "It is over: " + code.title() + "."})
		}
		tell.Lasts, tell.Open = false, false
		t.Reasons[code] = tell
		if now.Before(tell.At.Add(pace.TellAgain)) {
			continue
		}
		if tell.Returns > 0 {
			events = append(events, Event{now, Digest, code, OK, returned(code, tell.Returns) + " It is over now."})
		}
		delete(t.Reasons, code)
	}
	return events
}

// wait puts events among those to tell.
func (t *Told) wait(events []Event) {
	t.Waiting = append(t.Waiting, events...)
	if over := len(t.Waiting) - MaxWaiting; over > 0 {
		t.Waiting = t.Waiting[over:]
		t.Dropped += over
	}
}

// news tells all that waits.
func (t *Told) news(gathered bool, before, after Verdict, now time.Time) News {
	t.Seq++
	n := News{
		Kind: Digest, Before: before.State, State: after.State, Severity: after.Severity,
		Reasons: slices.Clone(after.Reasons), Forecast: after.Forecast, At: now,
	}
	if !gathered {
		n.Kind = kindOf(t.Waiting)
	}
	if t.Dropped > 0 {
		n.Lines = append(n.Lines, number(int64(t.Dropped), "earlier event is", "earlier events are")+" left out.")
	}
	operator := true
	var codes []string
	for _, e := range t.Waiting {
		line := e.Text
		if gathered {
			line = moment(e.At) + ": " + line
		}
		n.Lines = append(n.Lines, line)
		operator = operator && e.Code == CodeConnection
		if !slices.Contains(n.Codes, e.Code) {
			n.Codes = append(n.Codes, e.Code)
			codes = append(codes, string(e.Code))
		}
	}
	n.To = []Audience{ToTenant, ToOperator}
	if operator {
		n.To = n.To[1:] // what only the operator can mend
	}
	n.Key = fmt.Sprintf("%d:%s:%s", t.Seq, n.Kind, strings.Join(codes, "+"))
	return n
}

// kindOf returns what several events are together.
func kindOf(events []Event) NewsKind {
	for _, kind := range []NewsKind{Worse, Again, Digest} {
		if slices.ContainsFunc(events, func(e Event) bool { return e.Kind == kind }) {
			return kind
		}
	}
	return Recovered
}

func (t Told) clone() Told {
	t.Reasons = maps.Clone(t.Reasons)
	if t.Reasons == nil {
		t.Reasons = map[Code]Tell{}
	}
	t.Sent, t.Waiting = slices.Clone(t.Sent), slices.Clone(t.Waiting)
	return t
}

// returned tells how often a reason came back.
func returned(code Code, n int) string {
	return "It came back " + number(int64(n), "time", "times") + ": " + code.title() + "."
}
