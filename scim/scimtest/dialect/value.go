package dialect

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fill puts values in the place of {{name.path}}.
func (r *run) fill(text string) (string, error) {
	var err error
	text = strings.ReplaceAll(text, "{{n}}", strconv.Itoa(r.n)) // first, since {{page{{n}}.id}} holds it
	filled := placeholder.ReplaceAllStringFunc(text, func(m string) string {
		value, e := r.value(strings.Trim(m, "{}"))
		if e != nil && err == nil {
			err = e
		}
		return value
	})
	return filled, err
}

func (r *run) value(name string) (string, error) {
	switch name {
	case "base":
		return r.target.Base, nil
	case "uuid":
		return newUUID(), nil
	}
	name, path, _ := strings.Cut(name, ".")
	saved, ok := r.saved[name]
	if !ok {
		return "", fmt.Errorf("{{%s}} was not saved; there are %v", name, slices.Sorted(maps.Keys(r.saved)))
	}
	value, ok := lookup(saved, path)
	switch v := value.(type) {
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case nil:
		if !ok {
			return "", fmt.Errorf("%s has no %s: %s", name, path, show(saved))
		}
	}
	return show(value), nil
}

// newUUID returns a version 4 UUID (RFC 9562 section 5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
