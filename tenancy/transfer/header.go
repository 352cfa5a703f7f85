package transfer

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// header reads the first line.
func (r *reader) header() (h header, list []tenancy.Extension, err error) {
	err = r.next()
	var refused *tenancy.ImportError
	if err != nil && !errors.As(err, &refused) { // of the stream
		return h, nil, err
	}
	var known struct {
		Format        string `json:"format"`
		FormatVersion int    `json:"format_version"`
	}
	switch {
	case r.kind != kindHeader:
		return h, nil, r.refuse(tenancy.ImportNotExport, "This is no export of a tenant: its first line is no header. It would begin with {\"kind\":\"header\".")
	case err != nil:
		return h, nil, err
	case json.Unmarshal(r.text, &known) != nil || known.Format != format || known.FormatVersion < 1:
		return h, nil, r.refuse(tenancy.ImportNotExport, "This is no export of a tenant: its header names no format %q with a version.", format)
	case known.FormatVersion > formatVersion:
		return h, nil, r.refuse(tenancy.ImportNewerFormat,
			"The export has format version %d, and this Spoke reads up to %d. Update this installation to the version that exported it, or a later one, and import again.",
			known.FormatVersion, formatVersion)
	}
	if err := r.decode(&h); err != nil {
		return h, nil, err
	}
	list, err = r.extensions(h.Extensions)
	return h, list, err
}

// extensions returns the extensions of a header, which go together.
func (r *reader) extensions(lines []extensionLine) ([]tenancy.Extension, error) {
	if len(lines) > lifecycle.MaxExtensions {
		return nil, r.refuse(tenancy.ImportExtension, "The export has %d schema extensions: a tenant has %d at most.", len(lines), lifecycle.MaxExtensions)
	}
	var list []tenancy.Extension
	for _, line := range lines {
		e, err := directory.ParseExtension(line.Document, line.ResourceType)
		if err != nil {
			return nil, r.refuse(tenancy.ImportExtension, "A schema extension is not valid: %v.", err)
		}
		for _, other := range list {
			if strings.EqualFold(other.URN, e.URN) {
				return nil, r.refuse(tenancy.ImportExtension, "The schema extension %s is there twice.", e.URN)
			}
		}
		if err := directory.FitExtension(e, list); err != nil {
			return nil, r.refuse(tenancy.ImportExtension, "The schema extension %s is not possible: %v.", e.URN, err)
		}
		for _, at := range []microstamp{line.CreatedAt, line.UpdatedAt} {
			if at.IsZero() || at.Year() < 1 || at.Year() > 9999 || !at.Truncate(time.Microsecond).Equal(at.Time) {
				return nil, r.refuse(tenancy.ImportExtension, "The schema extension %s needs created_at and updated_at in whole microseconds.", e.URN)
			}
		}
		e.CreatedAt, e.UpdatedAt = line.CreatedAt.UTC(), line.UpdatedAt.UTC()
		list = append(list, e)
	}
	return list, nil
}
