//go:build unix

package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// policy is as strict as can be: scripts and styles from the page's own origin alone, and no string made into a script.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; connect-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// page returns an accessible page.
func page(title, body string) string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>` + title + `</title>` +
		`<meta name="viewport" content="width=device-width"><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css">` +
		`<script src="/script.js" defer></script></head><body><main><h1>` + title + `</h1>` + body + `</main></body></html>`
}

const style = `
body { color: #222; background: #fff; margin: 0 }
.big { height: 3000px }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }
@media (prefers-reduced-motion: reduce) { #motion::after { content: " not" } }
@media (max-width: 500px) { #wide { display: none } }
#lid { position: fixed; inset: 0; background: #ccc }
.late { animation: 300ms linear slide } @keyframes slide { from { margin-left: 400px } }
`

const script = `
const on = (id, event, f) => document.getElementById(id)?.addEventListener(event, f)
const say = text => { document.getElementById('said').textContent = text }
on('later', 'click', () => setTimeout(() => say('Here it is'), 100))
on('copy', 'click', () => navigator.clipboard.writeText('the token of ' + location.host))
on('lid', 'click', e => e.target.remove())
on('under', 'click', () => say('Under'))
on('moving', 'click', () => say('Moved'))
on('remove', 'click', () => say(confirm('Remove it?') ? 'Removed' : 'Kept'))
on('name', 'keydown', e => { document.getElementById('keys').textContent += e.key + ' ' })
on('name', 'change', () => say('Changed'))
on('complain', 'click', () => { console.error('a', 1, new Error('b')); setTimeout(() => { throw new Error('thrown') }) })
on('inject', 'click', () => {
	const image = document.createElement('img')
	image.src = 'http://other.localhost/pixel.png'
	document.body.append(image)
})
on('fetch', 'click', () => fetch('/missing').then(r => say('Missing: ' + r.status)))
if (document.getElementById('live')) {
	new EventSource('/events').onmessage = e => {
		document.getElementById('live').setAttribute('aria-label', e.data)
		say(e.data)
	}
}
const zone = document.getElementById('zone')
if (zone) zone.textContent = new Date(0).toLocaleTimeString('en-GB') + ' ' + Intl.DateTimeFormat().resolvedOptions().timeZone
`

// site serves small pages, each by its path, under the strict policy.
func site(t *testing.T, pages map[string]string) string {
	t.Helper()
	mux := http.NewServeMux()
	fixed := func(path, kind, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(text))
		})
	}
	fixed("/style.css", "text/css", style)
	fixed("/script.js", "text/javascript", script)
	fixed("/icon.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	for path, text := range pages {
		if path == "/" {
			path = "/{$}"
		}
		fixed(path, "text/html", text)
	}
	mux.HandleFunc("/export.csv", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="users.csv"`)
		_, _ = w.Write([]byte("a,b\n"))
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: An \"event\"\n\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseMultipartForm(1 << 20)
		var all strings.Builder
		for _, name := range []string{"name", "about", "role", "day", "keep"} {
			all.WriteString("[" + name + ": " + r.PostForm.Get(name) + "] ")
		}
		if file, header, err := r.FormFile("file"); err == nil {
			file.Close()
			all.WriteString("file: " + header.Filename)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page("Received", "<p id=all>"+all.String()+"</p>")))
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
