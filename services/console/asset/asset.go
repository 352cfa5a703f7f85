// Package asset has the files that the console's pages load: our own, and third parties', which ./task assets puts into
// dist by the lock file.
//
// Invariants: a file's URL has its content's hash, so browsers keep it for ever and a new release is seen at once; nothing
// is read from disk while Spoke runs.
package asset

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"time"
)

// ErrNotBuilt is Load's where the third parties' files were not there when Spoke was built.
var ErrNotBuilt = errors.New("the third parties' files are not built in: run ./task assets, then build again")

//go:embed all:dist *.css *.js *.svg
var files embed.FS

// Names are the files that there are, as pages name them.
var names = []string{
	"console.css", "console.js", "chart.js", "live.js", "moment.js", "icon.svg",
	"dist/pico.min.css", "dist/htmx.js", "dist/uPlot.iife.min.js", "dist/uPlot.min.css",
}

// Path is where the files are served below.
const Path = "/static/"

// Set is the files.
type Set struct {
	urls  map[string]string
	files map[string]file // by URL
}

type file struct {
	name    string
	content []byte
}

// Load reads the files. Error: ErrNotBuilt.
func Load() (*Set, error) {
	s := &Set{urls: make(map[string]string), files: make(map[string]file)}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, ErrNotBuilt)
		}
		hash := sha256.Sum256(content)
		base := path.Base(name)
		url := Path + hex.EncodeToString(hash[:6]) + "/" + base
		s.urls[base], s.files[url] = url, file{base, content}
	}
	return s, nil
}

// URL returns where a file is served by its base name, and an error for one that there is not.
func (s *Set) URL(name string) (string, error) {
	url, ok := s.urls[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return url, nil
}

// Serve answers with the file of the request's path, and says whether there is one.
func (s *Set) Serve(w http.ResponseWriter, r *http.Request) bool {
	f, ok := s.files[r.URL.Path]
	if !ok {
		return false
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(f.name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.content))
	return true
}
