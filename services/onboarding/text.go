package onboarding

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/services/onboarding/api"
)

// readable says whether a text is one that can be kept and shown: without NUL, which Postgres has in no text, and without
// what stands for a character that could not be read, which decoders of JSON make of half a surrogate pair.
func readable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsAny(text, "\x00\uFFFD")
}

// maxNesting is how deep a body may nest, which bounds what the walk through it holds.
const maxNesting = 32

// textCheck walks through a body for what decoders let pass in silence: a name that is there twice, and texts that are not
// readable.
type textCheck struct {
	*json.Decoder
	fields []api.FieldError
	broken bool // the walk has ended early
	// look is a text to look for, and found the fields that have it.
	look  string
	found []string
}

// checkTexts returns what is wrong with the texts and names of a body that is valid JSON.
func checkTexts(body []byte) []api.FieldError {
	if !utf8.Valid(body) {
		return []api.FieldError{{Field: "body", Detail: "is no valid UTF-8"}}
	}
	w := walkTexts(body, "")
	return w.fields
}

// fieldWith returns the field whose value is a text, "" where there is none or more than one.
func fieldWith(body []byte, text string) string {
	if found := walkTexts(body, text).found; len(found) == 1 {
		return found[0]
	}
	return ""
}

func walkTexts(body []byte, look string) *textCheck {
	w := &textCheck{Decoder: json.NewDecoder(bytes.NewReader(body)), look: look}
	w.UseNumber()
	w.value("", 0)
	return w
}

func (w *textCheck) wrong(field, detail string) {
	w.fields = append(w.fields, api.FieldError{Field: orBody(field), Detail: detail})
	w.broken = w.broken || len(w.fields) == maxFields
}

func (w *textCheck) value(path string, depth int) {
	token, err := w.Token()
	if err != nil || w.broken {
		w.broken = true
		return
	}
	switch t := token.(type) {
	case string:
		if !readable(t) {
			w.wrong(path, "has a character that cannot be read")
		}
		if w.look != "" && t == w.look {
			w.found = append(w.found, path)
		}
	case json.Delim:
		if depth == maxNesting {
			w.wrong("", "nests objects and lists deeper than "+strconv.Itoa(maxNesting)+" levels")
			w.broken = true
			return
		}
		w.members(path, t, depth)
	}
}

// members walks through an object or a list, whose beginning is read.
func (w *textCheck) members(path string, kind json.Delim, depth int) {
	names := make(map[string]bool)
	for i := 0; w.More() && !w.broken; i++ {
		name := strconv.Itoa(i)
		if kind == '{' {
			token, _ := w.Token() // valid JSON has a name here
			name, _ = token.(string)
			switch {
			case !readable(name):
				w.wrong(path, "has a name that cannot be read")
			case names[name]:
				w.wrong(joinPath(path, name), "is there more than once")
			}
			names[name] = true
		}
		w.value(joinPath(path, name), depth+1)
	}
	if !w.broken {
		_, _ = w.Token() // the end
	}
}
