package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"

	"github.com/askspoke/spoke/tenancy"
)

// Bounds of a line. The longest that Spoke writes are of the journal, where it says which of its members a group lost:
// 39 bytes each. Other lines are read into memory as values, which take ten times as much.
const (
	maxLine      = 64 << 20
	maxOtherLine = 16 << 20
	maxDepth     = 100
)

// reader reads lines that nobody vouches for.
type reader struct {
	in   *bufio.Reader
	sum  hash.Hash // of the lines before the last one
	line int64     // the number of the one that was read last
	text []byte
	kind kind
}

func newReader(r io.Reader) *reader {
	return &reader{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
}

// refuse is an error about the line that was read last.
func (r *reader) refuse(problem tenancy.ImportProblem, form string, args ...any) error {
	return &tenancy.ImportError{Line: r.line, Problem: problem, Detail: fmt.Sprintf(form, args...)}
}

// next reads a line into text and kind. The text is good until the next call. An error that is not a
// *tenancy.ImportError is one of the stream.
func (r *reader) next() error {
	r.line++
	if r.kind != kindEnd {
		r.sum.Write(r.text)
	}
	r.text, r.kind = r.text[:0], ""
	limit := maxOtherLine
	for {
		piece, err := r.in.ReadSlice('\n')
		if len(r.text) == 0 {
			if r.kind = kindOf(piece); r.kind == kindJournal {
				limit = maxLine
			}
		}
		if len(r.text)+len(piece) > limit {
			return r.refuse(tenancy.ImportTooLong, "The line is longer than %d MiB, which is more than Spoke writes.", limit>>20)
		}
		r.text = append(r.text, piece...)
		switch {
		case err == nil:
			return r.check()
		case errors.Is(err, io.EOF) && r.kind == kindEnd && len(r.text) > 0:
			return r.refuse(tenancy.ImportTruncated, "The export breaks off within its last line. Export the tenant again.")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return r.refuse(tenancy.ImportTruncated, "The export breaks off here: its last line is missing. Export the tenant again, or send the whole file.")
		case !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("read line %d: %w", r.line, err)
		}
	}
}

// ended refuses whatever follows the last line.
func (r *reader) ended() error {
	_, err := r.in.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return fmt.Errorf("read behind line %d: %w", r.line, err)
	}
	r.line++
	return r.refuse(tenancy.ImportMalformed, "There is more text after the last line of the export.")
}

// kindOf reads the first member of a line.
func kindOf(text []byte) kind {
	rest, ok := bytes.CutPrefix(text, []byte(`{"kind":"`))
	if !ok {
		return ""
	}
	const longest = 20
	name, _, ok := bytes.Cut(rest[:min(len(rest), longest)], []byte(`"`))
	if !ok {
		return ""
	}
	return kind(name)
}

// check refuses a line for its form.
func (r *reader) check() error {
	if !utf8.Valid(r.text) {
		return r.refuse(tenancy.ImportMalformed, "The line is not valid UTF-8.")
	}
	if tooDeep(r.text) {
		return r.refuse(tenancy.ImportTooDeep, "The line nests objects and lists deeper than %d levels.", maxDepth)
	}
	return nil
}

// tooDeep counts brackets outside of strings.
func tooDeep(text []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// decode reads the line into a value, which has every member that the line may have.
func (r *reader) decode(into any) error {
	d := json.NewDecoder(bytes.NewReader(r.text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is more text after the object")
	}
	// The decoder's text names the member or the place, and repeats nothing else of the line but a value of a wrong type.
	return r.refuse(tenancy.ImportMalformed, "The line is no line of format version %d: %.200s.", formatVersion, err)
}

// digest is the checksum of the lines before the one that was read last.
func (r *reader) digest() string { return hex.EncodeToString(r.sum.Sum(nil)) }
