package provider

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// list answers a query over one resource type (RFC 7644 section 3.4.2). No match is an empty list, never a 404.
func (c *call) list() (Response, error) {
	s, err := c.section()
	if err != nil {
		return Response{}, err
	}
	return c.answerList(s)
}

// listRoot answers a query over all resource types.
func (c *call) listRoot() (Response, error) {
	sections, err := c.sections()
	if err != nil {
		return Response{}, err
	}
	return c.answerList(sections...)
}

// window is the part of a list that a client asks for, by an index or by a cursor.
type window struct {
	startIndex int // from 1
	limit      int
	cursor     bool
	begin      int       // with a cursor: the section that the page begins in
	after      *Position // and the place in it; nil: its beginning
}

func (c *call) answerList(sections ...section) (Response, error) {
	w, err := c.window(sections)
	if err != nil {
		return Response{}, err
	}
	l, err := c.collect(sections, w)
	if err != nil {
		return Response{}, err
	}
	if l.large {
		return c.streamList(sections, w)
	}
	body := l.appendHead(make([]byte, 0, 512), w)
	for i, page := range l.pages {
		for j, d := range page.documents {
			if i+j > 0 {
				body = append(body, ',')
			}
			if body, err = page.projection.AppendTo(body, d, page.t, c.Base); err != nil {
				return Response{}, err
			}
		}
	}
	response := c.pageHead(l, w)
	response.Body = append(body, "]}"...)
	return response, nil
}

// pageHead is the answer with a page of a list, but for its body.
func (c *call) pageHead(l found, w window) Response {
	response := Response{Status: http.StatusOK}
	if !w.cursor {
		response.Total = l.total
		if l.items > 0 && c.request.Query.Get("filter") == "" {
			response.Position = w.startIndex - 1 + l.items
		}
	}
	return response
}

// found is a page of a list.
type found struct {
	total, items int
	pages        []sectionPage // of each section that has documents on the page
	large        bool          // relations were left out of them
	next         string        // the cursor of the next page, "" for none
}

// sectionPage is what a page has of one section.
type sectionPage struct {
	section
	documents []resource.Document
}

// appendHead writes what a list message has before its resources.
func (l found) appendHead(b []byte, w window) []byte {
	if w.cursor {
		w.startIndex = 0
	}
	return appendListHead(b, l.total, w.startIndex, l.items, l.next)
}

// collect reads the sections one after another until the page is full, and counts what they have in all.
func (c *call) collect(sections []section, w window) (found, error) {
	var l found
	offset, limit := w.startIndex-1, w.limit
	most := max(elementsInMemory/max(w.limit, 1), leastElements)
	for i, s := range sections {
		after, wanted := (*Position)(nil), limit
		switch {
		case i < w.begin: // was on earlier pages
			wanted = 0
		case i == w.begin:
			after = w.after
		}
		s.query.Most = most
		page, err := s.page(c, offset, after, wanted)
		if err != nil {
			return l, err
		}
		if len(page.Documents) > 0 {
			l.pages = append(l.pages, sectionPage{s, page.Documents})
			l.large = l.large || slices.ContainsFunc(page.Documents, func(d resource.Document) bool { return d.Large })
		}
		l.total += page.Total
		l.items += len(page.Documents)
		offset = max(offset-page.Total, 0)
		if i >= w.begin {
			limit -= len(page.Documents)
		}
		if !w.cursor || l.next != "" || w.limit == 0 {
			continue
		}
		if page.Next != nil || i > w.begin && wanted == 0 && page.Total > 0 {
			l.next = c.newCursor(cursor{Section: s.t.Name, After: page.Next, Count: w.limit})
		}
	}
	return l, nil
}

// window reads where the page is. cursor, also without a value, asks for a list by cursors (RFC 9865 section 2).
func (c *call) window(sections []section) (w window, err error) {
	if c.request.Query.Has("cursor") {
		return c.cursorWindow(sections)
	}
	if w.startIndex, err = c.integer("startIndex", 1, scim.InvalidValue); err != nil {
		return w, err
	}
	w.startIndex = max(w.startIndex, 1)
	w.limit, err = c.count(DefaultCount, scim.InvalidValue)
	return w, err
}

// count reads how many resources a page may have. What is too many is the most that there can be, what is negative is
// none (RFC 7644 section 3.4.2.4).
func (c *call) count(absent int, refusal scim.ErrorType) (int, error) {
	n, err := c.integer("count", absent, refusal)
	return min(max(n, 0), MaxCount), err
}

// integer reads a whole number; one that is too large for the machine is as good as the largest.
func (c *call) integer(name string, absent int, refusal scim.ErrorType) (int, error) {
	text := c.request.Query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, scim.BadRequest(refusal, "%s must be a whole number, not %q.", name, schema.Shorten(text)).Breaks(scim.RuleListPage)
	}
	return int(n), nil
}
