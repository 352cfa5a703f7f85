package dialect

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// send sends the request of a step as the provider does: with the headers of the transcript and no others.
func (r *run) send(s step) (answer, error) {
	target, err := r.fill(s.target)
	if err != nil {
		return answer{}, err
	}
	body, err := r.fill(s.body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(r.ctx, s.method, r.target.URL, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if err := setTarget(request.URL, target); err != nil {
		return answer{}, err
	}
	r.setHeaders(request.Header, s, body != "")
	response, err := r.target.Transport.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			return a, fmt.Errorf("the body is no JSON: %w: %.300s", err, text)
		}
	}
	return a, nil
}

// encode percent-encodes what a trace may show as it is and what no request line can hold.
func encode(target string) string {
	var b strings.Builder
	for _, c := range []byte(target) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"[]\\<>^`+"`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// setTarget appends the target of a request line to the base, byte for byte but for what must be percent-encoded.
func setTarget(u *url.URL, target string) error {
	path, query, asked := strings.Cut(encode(target), "?")
	u.RawPath = u.EscapedPath() + path
	decoded, err := url.PathUnescape(u.RawPath)
	if err != nil {
		return fmt.Errorf("the path %q: %w", path, err)
	}
	u.Path, u.RawQuery, u.ForceQuery = decoded, query, asked && query == ""
	return nil
}

func (r *run) setHeaders(h http.Header, s step, hasBody bool) {
	h["User-Agent"] = []string{""} // net/http sends none then, and not its own
	h.Set("Authorization", "Bearer "+r.target.Token)
	for _, f := range slices.Concat(r.headers, s.headers) {
		switch {
		case f.name == "Content-Type" && !hasBody:
		case f.name == "Authorization" && f.value == noToken:
			h.Del("Authorization")
		case f.value == "" && f.name != "User-Agent":
			h.Del(f.name)
		default:
			h[f.name] = []string{f.value}
		}
	}
}
