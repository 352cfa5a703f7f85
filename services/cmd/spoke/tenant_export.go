package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v3"
	"golang.org/x/term"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write a tenant as a stream of JSON lines, as it is at one moment", ArgsUsage: "SLUG",
		Description: "Users, groups, memberships, journal, settings and schema extensions; no token and no secret. The tenant is served\n" +
			"meanwhile. A file is whole, or it is not there.\n\n" +
			"  spoke tenant export acme -o acme.ndjson\n" +
			"  spoke tenant export acme | gzip > acme.ndjson.gz",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE` rather than standard output"},
		},
		Action: withAPI(exportTenant),
	}
}

func exportTenant(ctx context.Context, c *cli.Command, api *shellAPI) error {
	slug := c.Args().First()
	response, err := answered(api.stream.ExportTenant(ctx, slug))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return save(response.Body, c.String("output"), "tenant "+slug, (*lineCount).ended)
}

// save writes a stream to a file, or to standard output for "". ended tells whether what was seen of it is whole; what is
// what is exported, for people.
func save(stream io.Reader, name, what string, ended func(*lineCount) bool) error {
	out, err := openTarget(name)
	if err != nil {
		return err
	}
	defer out.discard()
	bar := progressBytes(-1, "exporting "+what)
	var seen lineCount
	_, err = io.Copy(io.MultiWriter(out, &seen, bar), stream)
	_ = bar.Finish() // a bar that cannot be drawn must not make the work fail
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return fmt.Errorf("the export was broken off after %d lines: %w", seen.lines, err)
	case !ended(&seen):
		return fmt.Errorf("the export was broken off after %d lines, without its end", seen.lines)
	}
	if err := out.keep(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Exported %s: %d lines, %d bytes.\n", plain(what), seen.lines, seen.bytes)
	return nil
}

// target is a file that appears when it is whole, or standard output.
type target struct {
	*os.File
	path string // "": not a file that is to appear
}

func openTarget(name string) (*target, error) {
	if name == "" || name == "-" {
		return &target{File: os.Stdout}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // a device or a pipe
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &target{File: file}, err
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // made with mode 0600: it is people's data
	return &target{file, name}, err
}

// keep gives the file its name.
func (o *target) keep() error {
	if o.path == "" {
		return nil
	}
	if err := errors.Join(o.Sync(), o.Close()); err != nil {
		return fmt.Errorf("write %s: %w", o.path, err)
	}
	return os.Rename(o.Name(), o.path)
}

// discard removes what was not kept.
func (o *target) discard() {
	if o.path != "" {
		_ = o.Close()
		_ = os.Remove(o.Name()) // it is not there any more where it was kept
	}
}

// lineCount counts what passes, and keeps the last line as far as it is short, as the end of an export is.
type lineCount struct {
	lines, bytes int64
	last         []byte
}

// Write never fails.
func (l *lineCount) Write(p []byte) (int, error) {
	const most = 8 << 10
	l.lines += int64(bytes.Count(p, []byte{'\n'}))
	l.bytes += int64(len(p))
	l.last = append(l.last, p...)
	if n := len(l.last); n > most {
		l.last = append(l.last[:0], l.last[n-most:]...)
	}
	return len(p), nil
}

// ended tells whether the last line is the end of an export.
func (l *lineCount) ended() bool {
	text, whole := bytes.CutSuffix(l.last, []byte{'\n'})
	var line struct {
		Kind string `json:"kind"`
	}
	err := json.Unmarshal(text[bytes.LastIndexByte(text, '\n')+1:], &line)
	return whole && err == nil && line.Kind == "end"
}

// progressBytes returns a bar of bytes on standard error, which is invisible where nobody looks; -1: how many is not known.
func progressBytes(total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
	)
}

// journalEnded tells whether the last line is the end of a journal's export, in either format.
func (l *lineCount) journalEnded() bool {
	text, whole := bytes.CutSuffix(l.last, []byte{'\n'})
	last := text[bytes.LastIndexByte(text, '\n')+1:]
	var line struct {
		End bool `json:"end"`
	}
	return whole && (bytes.HasPrefix(last, []byte("#end,")) || json.Unmarshal(last, &line) == nil && line.End)
}
