package lifecycle

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// placeholder stands in a migration for the quoted name of the schema.
const placeholder = "{{schema}}"

// template is a folder of migrations in which the placeholder reads as the schema's name.
type template struct {
	files  fs.FS
	schema tenantdb.Schema
}

// Open returns a file with the schema's name filled in.
func (t template) Open(name string) (fs.File, error) {
	file, err := t.files.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return file, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("read migration %s: %w", name, err)
	}
	text = bytes.ReplaceAll(text, []byte(placeholder), []byte(t.schema.String()))
	return filled{File: file, text: bytes.NewReader(text)}, nil
}

// filled is an open file that reads as text.
type filled struct {
	fs.File
	text *bytes.Reader
}

// Read reads from the text with the schema's name filled in.
func (f filled) Read(p []byte) (int, error) { return f.text.Read(p) }
