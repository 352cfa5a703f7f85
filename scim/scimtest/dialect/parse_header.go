package dialect

import (
	"net/http"
	"slices"
	"strings"
)

// hopHeaders belong to a connection, or to a proxy before the server that a trace was recorded at.
var hopHeaders = []string{"host", "content-length", "connection", "transfer-encoding", "via", "forwarded"}

// headers reads "Name: value" lines up to an empty line, or to what is no header.
func (p *parser) headers() ([]field, error) {
	var fields []field
	for ; p.more() && p.line() != ""; p.at++ {
		line := p.line()
		if isComment(line) {
			continue
		}
		if strings.HasPrefix(line, "=") {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " {}\"") {
			return nil, p.errorf(p.at+1, "want a header, an empty line before the body, or => and a status, not %q", line)
		}
		value = strings.TrimSpace(value)
		folded := strings.ToLower(name)
		switch {
		case slices.Contains(hopHeaders, folded) || strings.HasPrefix(folded, "x-forwarded-"):
			continue
		case folded == "authorization" && !slices.Contains(wrongTokens, value):
			return nil, p.errorf(p.at+1, "leave Authorization out, or write one of %q: a transcript keeps no secret", wrongTokens)
		}
		fields = append(fields, field{http.CanonicalHeaderKey(name), value})
	}
	return fields, nil
}

// noToken says that a request has no Authorization.
const noToken = "none"

// wrongTokens are what a step may say of Authorization. The Okta SPEC test sends the last one.
var wrongTokens = []string{noToken, "Bearer wrong", "non-token"}
