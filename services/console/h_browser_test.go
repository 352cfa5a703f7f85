package console

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

// browser is somebody at a host: it keeps cookies, and follows no redirect.
type browser struct {
	*world
	host   string
	client *http.Client
}

// at returns a browser without a session at a host.
func (w *world) at(t *testing.T, host string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, strings.TrimPrefix(w.url, "http://"))
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{world: w, host: host, client: &http.Client{
		Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// stranger returns a browser without a session at acme.
func (w *world) stranger(t *testing.T) *browser {
	t.Helper()
	return w.at(t, "acme.askspoke.test")
}

// get asks for a page as a browser does.
func (b *browser) get(t *testing.T, path string) answered {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil, nil)
}

// post sends a form as a page of the same host does.
func (b *browser) post(t *testing.T, path string, form url.Values) answered {
	t.Helper()
	return b.send(t, http.MethodPost, path, form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://" + b.host}})
}

func (b *browser) send(t *testing.T, method, path string, form url.Values, header http.Header) answered {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+b.host+path, strings.NewReader(form.Encode()))
	must(t, err)
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return answered{response.StatusCode, response.Header, string(body)}
}

// follow asks for the page that an answer leads to.
func (b *browser) follow(t *testing.T, a answered) answered {
	t.Helper()
	return b.get(t, a.is(t, http.StatusSeeOther).header.Get("Location"))
}

// ask asks for a stream as htmx does.
func (b *browser) ask(ctx context.Context, t *testing.T, path string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.host+path, nil)
	must(t, err)
	request.Header.Set("Accept", "text/html, text/event-stream")
	request.Header.Set("HX-Request", "true")
	response, err := b.client.Do(request)
	must(t, err)
	return response
}

// fragment asks for a part of a page as htmx does.
func (b *browser) fragment(t *testing.T, path string) answered {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil, http.Header{"Hx-Request": {"true"}})
}

// upload posts a file of metadata.
func (b *browser) upload(t *testing.T, path, revision string, text []byte) answered {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(t, form.WriteField("revision", revision))
	part, err := form.CreateFormFile("file", "metadata.xml")
	must(t, err)
	_, err = part.Write(text)
	must(t, err)
	must(t, form.Close())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+b.host+path, &body)
	must(t, err)
	request.Header = http.Header{"Accept": {"text/html"}, "Content-Type": {form.FormDataContentType()}, "Sec-Fetch-Site": {"same-origin"}}
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	return answered{status: response.StatusCode, header: response.Header}
}
