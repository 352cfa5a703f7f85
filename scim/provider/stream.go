package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/askspoke/spoke/scim/resource"
)

// How much of an answer is in memory. A relation with more elements than that, or one on a page of resources that could
// have more together, is sent on as it is read from a snapshot.
const (
	elementsInMemory = 20_000 // about 4 MB
	leastElements    = 20     // of each resource, however many are on the page
	pieceSize        = 64 << 10
)

// streamTimeout is how long an answer may be streamed, whatever the deadline of the request: the store holds a snapshot
// meanwhile.
const streamTimeout = 90 * time.Second

// ErrBrokenOff is wrapped by the error of a Stream that the store failed to go on with.
var ErrBrokenOff = errors.New("the answer was broken off")

// Stream is the body of an answer that is too large for memory. It is read from a snapshot of the store while it is
// written, and holds the snapshot until it is closed.
type Stream struct {
	next func() (piece, bool)
	stop func()
}

// piece is what comes next of a streamed answer.
type piece struct {
	head Response // of the first piece: the answer without its body
	text []byte   // until the next piece is asked for
	err  error
}

// WriteTo writes the body. Errors wrap ErrBrokenOff or are those of w; what was written is not whole then, and the client
// must not take it for the answer: end the connection (panic(http.ErrAbortHandler) does).
func (s *Stream) WriteTo(w io.Writer) (n int64, err error) {
	for {
		p, ok := s.next()
		switch {
		case !ok:
			return n, nil
		case p.err != nil:
			return n, fmt.Errorf("%w: %w", ErrBrokenOff, p.err)
		}
		written, err := w.Write(p.text)
		if n += int64(written); err != nil {
			return n, err
		}
	}
}

// Close ends the snapshot. What was not written yet is lost. Closing twice is no error.
func (s *Stream) Close() { s.stop() }

// errStopped ends a stream that nobody reads to its end.
var errStopped = errors.New("the stream was closed")

// stream answers with what write writes. It returns when the head of the answer is known; the rest runs while the stream
// is read, in turn with who reads it.
func (c *call) stream(write func(*streaming) error) (Response, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), streamTimeout)
	next, stop := iter.Pull(func(yield func(piece) bool) {
		s := streaming{call: *c, yield: yield}
		s.ctx = ctx
		err := c.Store.Snapshot(ctx, func(snapshot Snapshot) error {
			s.reader, s.snapshot = snapshot, snapshot
			if err := write(&s); err != nil {
				return err
			}
			return s.flush()
		})
		if err != nil && !s.stopped {
			yield(piece{err: err})
		}
	})
	body := &Stream{next: next, stop: func() { stop(); cancel() }}
	first, _ := next()
	if first.err != nil {
		body.Close()
		return Response{}, first.err
	}
	response := first.head
	response.Stream = body
	if c.request.Method == http.MethodHead {
		body.Close()
	}
	return response, nil
}

// streaming is a call whose answer is written while it is read.
type streaming struct {
	call
	snapshot Snapshot
	yield    func(piece) bool
	stopped  bool
	text     []byte // not yet sent on
}

// begin sends the head of the answer.
func (s *streaming) begin(head Response) error { return s.send(piece{head: head}) }

func (s *streaming) send(p piece) error {
	if s.stopped || !s.yield(p) {
		s.stopped = true
		return errStopped
	}
	return nil
}

// flush sends on what was written.
func (s *streaming) flush() error {
	if len(s.text) == 0 {
		return nil
	}
	err := s.send(piece{text: s.text})
	s.text = s.text[:0]
	return err
}

// streamDocument answers with one resource whose relation is large, as it is now.
func (c *call) streamDocument(status int, p resource.Projection) (Response, error) {
	return c.stream(func(s *streaming) error {
		d, err := s.snapshot.Get(s.ctx, s.t, s.id, Read{Base: s.Base})
		if err != nil {
			return s.storeError(err)
		}
		d.Large = true
		location := d.Location(s.t, s.Base)
		head := Response{Status: status, Location: location, ContentLocation: location, ETag: d.ETag()}
		if err := s.begin(head); err != nil {
			return err
		}
		return s.documents(sectionPage{section{t: s.t, projection: p}, []resource.Document{d}})
	})
}

// streamList answers with a page of a list on which relations are large.
func (c *call) streamList(sections []section, w window) (Response, error) {
	return c.stream(func(s *streaming) error {
		l, err := s.collect(sections, w)
		if err != nil {
			return err
		}
		if err := s.begin(s.pageHead(l, w)); err != nil {
			return err
		}
		s.text = l.appendHead(s.text, w)
		for i, page := range l.pages {
			if i > 0 {
				s.text = append(s.text, ',')
			}
			if err := s.documents(page); err != nil {
				return err
			}
		}
		s.text = append(s.text, "]}"...)
		return nil
	})
}

// documents writes the documents of a page with commas between them. Of those that are large it reads the relations from
// the snapshot.
func (s *streaming) documents(page sectionPage) error {
	w := documentWriter{streaming: s, page: page}
	var ids []string
	var places []int // in the page
	for i, d := range page.documents {
		if d.Large {
			ids, places = append(ids, d.ID), append(places, i)
		}
	}
	err := s.snapshot.Elements(s.ctx, page.t, ids, s.Base, func(i int, elements []byte) error {
		return w.elements(places[i], elements)
	})
	if err != nil {
		return err
	}
	return w.advance(len(page.documents))
}

// documentWriter writes documents one after another.
type documentWriter struct {
	*streaming
	page sectionPage
	at   int  // the document that is written next, or is being written
	open bool // it is being written: its relation is not at its end
	some bool // elements of its relation were written
}

// advance writes all documents before place.
func (w *documentWriter) advance(place int) error {
	for ; w.at < place; w.at++ {
		if !w.open {
			if err := w.write(); err != nil {
				return err
			}
		}
		if w.open {
			w.text = w.page.projection.Close(w.text, w.some)
			w.open = false
		}
		if len(w.text) >= pieceSize {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes the document at its place, or opens it.
func (w *documentWriter) write() (err error) {
	if w.at > 0 {
		w.text = append(w.text, ',')
	}
	d := w.page.documents[w.at]
	if !d.Large {
		w.text, err = w.page.projection.AppendTo(w.text, d, w.page.t, w.Base)
		return err
	}
	w.open, w.some = true, false
	w.text, err = w.page.projection.Open(w.text, d, w.page.t, w.Base)
	return err
}

// elements writes elements of the relation of the document at a place.
func (w *documentWriter) elements(place int, elements []byte) error {
	if err := w.advance(place); err != nil {
		return err
	}
	if !w.open {
		if err := w.write(); err != nil {
			return err
		}
	}
	before := len(w.text)
	var err error
	if w.text, err = w.page.projection.Elements(w.text, elements, w.page.t, !w.some); err != nil {
		return err
	}
	w.some = w.some || len(w.text) > before
	if len(w.text) >= pieceSize {
		return w.flush()
	}
	return nil
}
