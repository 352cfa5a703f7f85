//go:build unix

package chromium

import (
	"fmt"
	"os"
)

// pipes are those between this process and Chromium.
type pipes struct{ ours, theirs []*os.File }

// add makes another, from Chromium to us or the other way, and returns our end.
func (p *pipes) add(toUs bool) (*os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	ours, theirs := writer, reader
	if toUs {
		ours, theirs = reader, writer
	}
	p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
	return ours, nil
}

// closeTheirs closes Chromium's ends, which it has by itself once it is started, and ours too when it was not.
func (p *pipes) closeTheirs(failed bool) {
	all := p.theirs
	if failed {
		all = append(all[:len(all):len(all)], p.ours...)
	}
	for _, file := range all {
		_ = file.Close() // an end of a pipe has nothing to lose
	}
}
