package onboarding

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/operator"
)

// defaultLimit is how many elements a page has where nothing is said.
const defaultLimit = 50

// cursor is where the next page of a list begins. List says of which list it is, so that none is taken for another's.
type cursor struct {
	List string    `json:"l"`
	Slug string    `json:"s,omitempty"`
	At   time.Time `json:"t,omitzero"`
	ID   string    `json:"i,omitempty"`
	// Place is where to go on in a list whose cursors another package makes.
	Place string `json:"e,omitempty"`
}

// text returns the cursor as callers have it, who need not know what it is made of. It has nothing that they may not see.
func (c cursor) text() string {
	text, err := json.Marshal(c)
	if err != nil {
		return "" // texts and a time
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readCursor returns the cursor that a caller sends for a list; nil is the beginning.
func readCursor(list string, text *string) (cursor, error) {
	if text == nil {
		return cursor{List: list}, nil
	}
	var c cursor
	plain, err := base64.RawURLEncoding.DecodeString(*text)
	if err == nil {
		err = json.Unmarshal(plain, &c)
	}
	if err != nil || c.List != list || c.ID != "" && !canonical(c.ID) || c.Slug != "" && !isSlug(c.Slug) {
		return c, wrongField("cursor", "is none of this list: begin without one")
	}
	return c, nil
}

// canonical says whether a text is a UUID as Postgres writes it. uuid.Validate takes other forms too.
func canonical(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

func isSlug(text string) bool {
	slug, err := tenancy.ParseSlug(text)
	return err == nil && string(slug) == text
}

// readPage returns which part of a list a caller asks for.
func readPage(list string, limit *int, text *string) (operator.Page, error) {
	c, err := readCursor(list, text)
	return operator.Page{After: operator.Position{At: c.At, ID: c.ID}, Limit: limitOf(limit)}, err
}

func limitOf(limit *int) int {
	if limit == nil {
		return defaultLimit
	}
	return *limit
}

// readPlace is readCursor for a list whose cursors another package makes; "" is the beginning.
func readPlace(list string, text *string) (place string, err error) {
	c, err := readCursor(list, text)
	return c.Place, err
}

// linkAfter is linkTo for such a list: place is "" on the last page.
func linkAfter(path, list string, query url.Values, place string) (link, text *string) {
	return linkTo(path, query, cursor{List: list, Place: place}, place != "")
}

// linkTo returns the Link header of a page and its next_cursor, nil for both on the last one. The link repeats the query.
func linkTo(path string, query url.Values, next cursor, more bool) (link, text *string) {
	if !more {
		return nil, nil
	}
	code := next.text()
	query.Set("cursor", code)
	header := "<" + path + "?" + query.Encode() + `>; rel="next"`
	return &header, &code
}
