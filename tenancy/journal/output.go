package journal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Format is how entries are written for people and for programs that are not ours.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // a Line a line
	CSV    Format = "csv"    // what a spreadsheet opens
)

// ContentType is the media type of the format.
func (f Format) ContentType() string {
	if f == CSV {
		return "text/csv; charset=utf-8; header=present"
	}
	return "application/x-ndjson"
}

// Output says how entries are written.
type Output struct {
	Format    Format                    // "" is NDJSON
	RuleText  func(rule string) string  // where a rule is written; of NDJSON, which needs it
	ActorName func(actor string) string // who it was, for people; nil: only what the journal calls them is written
}

// outputAtOnce is how much of an output goes on at a time, in bytes.
const outputAtOnce = 32 << 10

// Write writes the entries of page after page, which next returns from the place "" on. What comes last says how many there
// were: an output without it broke off. Nothing is written before outputAtOnce bytes, or all, are there. The error is next's,
// w's, or that of an entry's Detail.
func (o Output) Write(w io.Writer, next func(after string) (Page, error)) error {
	out := bufio.NewWriterSize(w, outputAtOnce)
	var to writer = &lines{json.NewEncoder(out), o}
	if o.Format == CSV {
		to = newTable(out, o)
	}
	if err := to.begin(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	n := 0
	for after := ""; ; {
		page, err := next(after)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := to.entry(e); err != nil {
				return fmt.Errorf("write journal: %w", err)
			}
			n++
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if err := to.end(n); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return out.Flush()
}

// writer writes entries in one of the formats.
type writer interface {
	begin() error
	entry(e Entry) error
	end(n int) error
}

// lines writes NDJSON.
type lines struct {
	*json.Encoder
	output Output
}

func (l *lines) begin() error {
	l.SetEscapeHTML(false)
	return nil
}

func (l *lines) entry(e Entry) error {
	line, err := e.Line(l.output.RuleText)
	if err != nil {
		return err
	}
	if l.output.ActorName != nil {
		line.ActorName = l.output.ActorName(e.Actor)
	}
	return l.Encode(line)
}

func (l *lines) end(n int) error {
	return l.Encode(struct {
		End     bool `json:"end"`
		Entries int  `json:"entries"`
	}{true, n})
}
