package provider

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// ContentType is the media type of every answer (RFC 7644 section 8.1).
const ContentType = "application/scim+json"

// MaxURI is the longest path and query that a request may have together, in bytes.
const MaxURI = 64 << 10

// MaxBody is the largest body that a request may have, in bytes; that of a bulk may have MaxBulkSize.
const MaxBody = 1 << 20

// ReadRequest reads a SCIM request from HTTP. prefix is the path of the base, "/scim/v2". Slashes that a configured
// URL ends with or doubles are nothing (Keycloak, OneLogin): they are not redirected, which would lose the body. The
// error is a *scim.Error: 400 for what is broken, 413 for a body and 414 for a URI that is too large, 415 for another media
// type or charset.
func ReadRequest(r *http.Request, prefix string) (Request, error) {
	request := Request{
		Method:  r.Method,
		IfMatch: strings.Join(r.Header.Values("If-Match"), ","), IfNoneMatch: strings.Join(r.Header.Values("If-None-Match"), ","),
	}
	if len(r.URL.EscapedPath())+len(r.URL.RawQuery) > MaxURI {
		return request, &scim.Error{
			Status: http.StatusRequestURITooLong, Rule: scim.RuleRequestURI,
			Detail: "The path and the query of the request are longer than " + strconv.Itoa(MaxURI) + " bytes together. Send the query in the body of a POST to /.search below the endpoint.",
		}
	}
	var err error
	if request.Path, err = ParsePath(r, prefix); err != nil {
		return request, err
	}
	limit, advice := request.limit()
	if request.Query, err = parseQuery(r.URL.RawQuery); err != nil {
		return request, err
	}
	if err = checkMediaType(r); err != nil {
		return request, err
	}
	if r.Body == nil {
		return request, nil
	}
	request.Body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return request, &scim.Error{
			Status: http.StatusRequestEntityTooLarge, Rule: scim.RuleBodySize,
			Detail: advice,
		}
	case err != nil:
		return request, &scim.Error{
			Status: http.StatusBadRequest, Type: scim.InvalidSyntax, Rule: scim.RuleBodyBrokenOff, Err: err,
			Detail: "The body did not arrive whole. Send the request again.",
		}
	}
	return request, nil
}

// limit is the largest body that the request may have, and what a client reads that sends a larger one.
func (r Request) limit() (bytes int64, advice string) {
	if IsBulk(r.Path) {
		return MaxBulkSize, "The bulk request is larger than maxPayloadSize (" + strconv.Itoa(MaxBulkSize) + " bytes). Send its operations in several requests."
	}
	return MaxBody, "The body is larger than " + strconv.Itoa(MaxBody) + " bytes. Send fewer members or operations in one request."
}

// ParsePath returns the path of the endpoint that a request asks for, without the prefix and without empty segments: all
// that decides about a request by its path reads it here, as the provider does. The error is a *scim.Error.
func ParsePath(r *http.Request, prefix string) (string, error) {
	rest, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), prefix))
	if err != nil || strings.ContainsRune(rest, 0) {
		return "", scim.BadRequest(scim.InvalidSyntax, "The path is not properly percent-encoded.").Breaks(scim.RuleRequestPath)
	}
	return cleanPath(rest), nil
}

func cleanPath(path string) string {
	var b strings.Builder
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" {
			b.WriteByte('/')
			b.WriteString(segment)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// parseQuery reads a query string. Unlike url.ParseQuery it takes a semicolon as itself: a filter may hold one.
func parseQuery(raw string) (url.Values, error) {
	query := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, scim.BadRequest(scim.InvalidValue, "The query is not properly percent-encoded near %q.", schema.Shorten(pair)).Breaks(scim.RuleRequestQuery)
		}
		query.Add(name, value)
	}
	return query, nil
}

func checkMediaType(r *http.Request) error {
	header := r.Header.Get("Content-Type")
	if header == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(header)
	if charset, said := parameters["charset"]; said && !readable(charset) {
		return &scim.Error{
			Status: http.StatusUnsupportedMediaType, Rule: scim.RuleBodyMediaType,
			Detail: "The charset " + strconv.Quote(schema.Shorten(charset)) + " is not supported. Send the body in UTF-8.",
		}
	}
	if (err == nil || errors.Is(err, mime.ErrInvalidMediaParameter)) && (kind == ContentType || kind == "application/json") {
		return nil
	}
	return &scim.Error{
		Status: http.StatusUnsupportedMediaType, Rule: scim.RuleBodyMediaType,
		Detail: "The Content-Type " + strconv.Quote(schema.Shorten(header)) + " is not supported. Send " + ContentType + " or application/json.",
	}
}

// readable tells whether text in the charset is UTF-8 (RFC 8259 section 8.1).
func readable(charset string) bool {
	for _, name := range [...]string{"utf-8", "utf8", "us-ascii", "ascii"} {
		if strings.EqualFold(charset, name) {
			return true
		}
	}
	return false
}

// WriteTo writes the answer to HTTP, and closes its stream. Of an answer to HEAD net/http drops the body by itself. After an
// error what the client has is not whole: see Stream.WriteTo.
func (r Response) WriteTo(w http.ResponseWriter) error {
	h := w.Header()
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("Location", r.Location)
	set("Content-Location", r.ContentLocation)
	set("ETag", r.ETag)
	set("Allow", r.Allow)
	if r.Stream != nil {
		defer r.Stream.Close()
		h.Set("Content-Type", ContentType)
		w.WriteHeader(r.Status)
		_, err := r.Stream.WriteTo(w)
		return err
	}
	if r.Body != nil {
		h.Set("Content-Type", ContentType)
		h.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.Status)
	if len(r.Body) == 0 {
		return nil
	}
	_, err := w.Write(r.Body)
	return err
}
