package consoletest

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser is somebody at a host: it keeps cookies, and follows no redirect.
type Browser struct {
	*World
	Host   string
	Client *http.Client
}

// At returns a browser without a session at a host.
func (w *World) At(t *testing.T, host string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	Must(t, err)
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, strings.TrimPrefix(w.URL, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &Browser{World: w, Host: host, Client: &http.Client{
		Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Stranger returns a browser without a session at acme.
func (w *World) Stranger(t *testing.T) *Browser {
	t.Helper()
	return w.At(t, "acme.askspoke.test")
}

// Get asks for a page as a browser does.
func (b *Browser) Get(t *testing.T, path string) Answer {
	t.Helper()
	return b.Send(t, http.MethodGet, path, nil, nil)
}

// Post sends a form as a page of the same host does.
func (b *Browser) Post(t *testing.T, path string, form url.Values) Answer {
	t.Helper()
	return b.Send(t, http.MethodPost, path, form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://" + b.Host}})
}

// Send sends a request with headers of its own.
func (b *Browser) Send(t *testing.T, method, path string, form url.Values, header http.Header) Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+b.Host+path, strings.NewReader(form.Encode()))
	Must(t, err)
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := b.Client.Do(request)
	Must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	Must(t, err)
	return Answer{response.StatusCode, response.Header, string(body)}
}

// Follow asks for the page that an answer leads to.
func (b *Browser) Follow(t *testing.T, a Answer) Answer {
	t.Helper()
	return b.Get(t, a.Is(t, http.StatusSeeOther).Header.Get("Location"))
}

// ask asks for a stream as htmx does.
func (b *Browser) ask(ctx context.Context, t *testing.T, path string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.Host+path, nil)
	Must(t, err)
	request.Header.Set("Accept", "text/html, text/event-stream")
	request.Header.Set("HX-Request", "true")
	response, err := b.Client.Do(request)
	Must(t, err)
	return response
}

// Fragment asks for a part of a page as htmx does.
func (b *Browser) Fragment(t *testing.T, path string) Answer {
	t.Helper()
	return b.Send(t, http.MethodGet, path, nil, http.Header{"Hx-Request": {"true"}})
}

// Upload posts a file of metadata.
func (b *Browser) Upload(t *testing.T, path, revision string, text []byte) Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	Must(t, form.WriteField("revision", revision))
	part, err := form.CreateFormFile("file", "metadata.xml")
	Must(t, err)
	_, err = part.Write(text)
	Must(t, err)
	Must(t, form.Close())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+b.Host+path, &body)
	Must(t, err)
	request.Header = http.Header{"Accept": {"text/html"}, "Content-Type": {form.FormDataContentType()}, "Sec-Fetch-Site": {"same-origin"}}
	response, err := b.Client.Do(request)
	Must(t, err)
	defer response.Body.Close()
	return Answer{Status: response.StatusCode, Header: response.Header}
}

// Kept fails the test unless a guest is refused to take something away.
func (b *Browser) Kept(t *testing.T, path string, form url.Values) {
	t.Helper()
	b.Post(t, path, form).Is(t, http.StatusForbidden).Has(t, Keeps, "Nothing was changed", "Ask an administrator of Acme Inc.")
}

// Keeps is what a page says to a guest of what was there before.
const Keeps = "This was there before your set-up link"
