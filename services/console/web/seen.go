package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// A part of a page that asks for itself every few seconds says what it shows, by a mark of its content, and is left alone
// where that is still so: nothing that a person has opened in it closes, and a screen reader says nothing twice.

// Mark returns the mark of a part's content, where the data's own mark is "".
func (x *Exchange) Mark(name, part string, data any) (string, error) {
	if err := x.Fragment(name, part, data); err != nil {
		return "", err
	}
	sum := sha256.Sum256(x.body.Bytes())
	x.body.Reset()
	return hex.EncodeToString(sum[:8]), nil
}

// FragmentUnlessSeen answers with a part of a page, or with nothing where the page shows it already. The session is not kept:
// a page that asks by itself is no sign of life of a person.
func (x *Exchange) FragmentUnlessSeen(name, part, mark string, data any) error {
	x.session = nil
	if x.Query("seen") == mark {
		x.status = http.StatusNoContent
		return nil
	}
	return x.Fragment(name, part, data)
}
