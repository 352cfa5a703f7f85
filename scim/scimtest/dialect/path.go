package dialect

import (
	"encoding/json"
	"strconv"
	"strings"
)

// lookup finds what a path names in a JSON value. Names are compared exactly: what a server writes is to be strict.
func lookup(value any, path string) (any, bool) {
	if path == "body" {
		return value, value != nil
	}
	for path != "" {
		var ok bool
		switch path[0] {
		case '.', ':':
			path = path[1:]
		case '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, false
			}
			if value, ok = element(value, path[1:end]); !ok {
				return nil, false
			}
			path = path[end+1:]
		default:
			if value, path, ok = member(value, path); !ok {
				return nil, false
			}
		}
	}
	return value, true
}

// member takes a name off the path. A URN holds dots and colons, so the names that are there are tried first, and of
// them the longest.
func member(value any, path string) (found any, rest string, ok bool) {
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, "", false
	}
	longest := -1
	for name, v := range object {
		if len(name) > longest && strings.HasPrefix(path, name) {
			if after := path[len(name):]; after == "" || strings.ContainsRune(".:[", rune(after[0])) {
				longest, found, rest = len(name), v, after
			}
		}
	}
	return found, rest, longest >= 0
}

// element finds an element of a list by its place, or the first whose members are as "type eq \"work\" and …" says.
func element(value any, chosen string) (any, bool) {
	list, _ := value.([]any)
	if i, err := strconv.Atoi(chosen); err == nil {
		if i < 0 || i >= len(list) {
			return nil, false
		}
		return list[i], true
	}
	for _, item := range list {
		if meets(item, chosen) {
			return item, true
		}
	}
	return nil, false
}

func meets(item any, chosen string) bool {
	for term := range strings.SplitSeq(chosen, " and ") {
		name, text, ok := strings.Cut(term, " eq ")
		var want any
		if !ok || json.Unmarshal([]byte(text), &want) != nil {
			return false
		}
		if got, there := lookup(item, strings.TrimSpace(name)); !there || !equal(want, got) {
			return false
		}
	}
	return true
}
