package provider

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
)

// CursorTimeout is how long a cursor can be used after the page that it was on (RFC 9865 section 4).
// ServiceProviderConfig publishes it.
const CursorTimeout = time.Hour

// cursor is what the text of a nextCursor hides: where the next page begins. It holds no list open: what is created or
// deleted meanwhile is there or not, and nothing else moves.
type cursor struct {
	Section string    `json:"t"` // the name of the resource type that the page begins with
	After   *Position `json:"p,omitempty"`
	Count   int       `json:"n"`
	Expires int64     `json:"e"` // Unix seconds
}

// supportsCursors tells whether there is a key to seal them with.
func (p *Provider) supportsCursors() bool { return p.CursorKey != [32]byte{} }

// newCursor returns the text of a cursor: unreserved characters (RFC 3986 section 2.3) alone.
func (c *call) newCursor(next cursor) string {
	next.Expires = c.now().Add(CursorTimeout).Unix()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // which would make one < six characters
	if err := encoder.Encode(next); err != nil {
		panic("encode a cursor: " + err.Error()) // texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(c.cursorSeal().Seal(nil, nil, text.Bytes(), nil))
}

// cursorSeal is AES-256-GCM under a key that belongs to this query of this base: a cursor of another tenant or query, or
// one that nobody has made here, does not open, and which of these it is nobody can tell. One key for all would also
// be used for more messages in time than random nonces allow.
func (c *call) cursorSeal() cipher.AEAD {
	key, err := hkdf.Expand(sha256.New, c.CursorKey[:], c.cursorContext(), 32)
	if err != nil {
		panic("derive the key of a cursor: " + err.Error()) // 32 bytes are never too many
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("make the cipher of a cursor: " + err.Error())
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("make the seal of a cursor: " + err.Error())
	}
	return seal
}

// cursorContext is what must not change from page to page (RFC 9865 section 2), besides count. A page may be asked for
// by GET or by POST .search.
func (c *call) cursorContext() string {
	endpoint := "/"
	if c.t != nil {
		endpoint = c.t.Endpoint
	}
	query := c.request.Query
	parts := []string{"scim cursor 1", c.Base, endpoint, query.Get("filter"), query.Get("sortBy"), strings.ToLower(query.Get("sortOrder"))}
	parts = append(parts, query["attributes"]...)
	parts = append(append(parts, "\x00"), query["excludedAttributes"]...) // no name holds a NUL
	var b []byte
	for _, part := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	return string(b)
}

// cursorWindow reads a page by a cursor.
func (c *call) cursorWindow(sections []section) (window, error) {
	w := window{startIndex: 1, cursor: true}
	text := c.request.Query.Get("cursor")
	if !c.supportsCursors() {
		return w, scim.BadRequest(scim.InvalidCursor, "This service provider has no cursors, as its ServiceProviderConfig says. Send startIndex instead.").Breaks(scim.RuleListCursor)
	}
	if c.request.Query.Get("startIndex") != "" {
		return w, scim.BadRequest(scim.InvalidValue, "startIndex and cursor exclude each other: send one of them.").Breaks(scim.RuleListPage)
	}
	if text == "" {
		var err error
		w.limit, err = c.count(DefaultCount, scim.InvalidCount)
		return w, err
	}
	next, err := c.openCursor(text)
	if err != nil {
		return w, err
	}
	w.begin = slices.IndexFunc(sections, func(s section) bool { return s.t.Name == next.Section })
	w.after = next.After
	if w.begin < 0 {
		return w, errCursor()
	}
	if w.limit, err = c.count(next.Count, scim.InvalidCount); err == nil && w.limit != next.Count {
		err = scim.BadRequest(scim.InvalidCount, "count was %d on the first page, and must be the same on each. Send it again, or begin with an empty cursor.", next.Count).Breaks(scim.RuleListCount)
	}
	return w, err
}

// openCursor reads what newCursor has written.
func (c *call) openCursor(text string) (cursor, error) {
	var next cursor
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return next, errCursor()
	}
	opened, err := c.cursorSeal().Open(nil, nil, sealed, nil)
	if err != nil {
		return next, errCursor()
	}
	if err = json.Unmarshal(opened, &next); err != nil {
		return next, errCursor()
	}
	if c.now().Unix() > next.Expires {
		return next, scim.BadRequest(scim.ExpiredCursor, "The cursor is older than %s. Begin again with an empty cursor.", CursorTimeout).Breaks(scim.RuleListExpired)
	}
	return next, nil
}

// errCursor is the same for every cursor that this query was not given.
func errCursor() error {
	return scim.BadRequest(scim.InvalidCursor, "This query was not given this cursor. Send a nextCursor as it was received, with all else as in the first request; or begin again with an empty cursor.").Breaks(scim.RuleListCursor)
}
