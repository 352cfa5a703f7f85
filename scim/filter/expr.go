package filter

import (
	"bytes"
	"encoding/json"
)

// Expr is a filter as it was written: the syntax tree that Parse returns and Bind resolves. Paths are kept as text,
// because only a resource type knows where a URN ends and a name begins.
type Expr interface {
	// String is the filter in canonical form. It parses to the same tree, without any tolerance; only MaxLength and
	// MaxDepth may stand in the way where the original was close to them.
	String() string
	append(b []byte, inside bool) []byte
}

// And holds two or more expressions that must all be true.
type And []Expr

// Or holds two or more expressions of which one must be true.
type Or []Expr

// Negation is not (…).
type Negation struct{ Expr Expr }

// Comparison is one attribute expression. Value is what was written: a string, a json.Number, a bool, or nil for null
// and for pr.
type Comparison struct {
	Path  string
	Op    Op
	Value any
}

// ValuePath asks that one element of Path meets Where: emails[type eq "work"].
type ValuePath struct {
	Path  string
	Where Expr
}

// String implements Expr.
func (e And) String() string { return string(e.append(nil, false)) }

// String implements Expr.
func (e Or) String() string { return string(e.append(nil, false)) }

// String implements Expr.
func (e Negation) String() string { return string(e.append(nil, false)) }

// String implements Expr.
func (e Comparison) String() string { return string(e.append(nil, false)) }

// String implements Expr.
func (e ValuePath) String() string { return string(e.append(nil, false)) }

// append writes the expression; inside an and or an or, a list of its own needs parentheses.
func (e And) append(b []byte, inside bool) []byte { return appendList(b, e, and, inside) }
func (e Or) append(b []byte, inside bool) []byte  { return appendList(b, e, or, inside) }

const and, or = " and ", " or "

func (e Negation) append(b []byte, _ bool) []byte {
	b = append(b, "not ("...)
	return append(e.Expr.append(b, false), ')')
}

func (e Comparison) append(b []byte, _ bool) []byte {
	b = append(b, e.Path...)
	b = append(b, ' ')
	b = append(b, e.Op...)
	if e.Op == Present {
		return b
	}
	return appendLiteral(append(b, ' '), e.Value)
}

func (e ValuePath) append(b []byte, _ bool) []byte {
	b = append(b, e.Path...)
	b = append(b, '[')
	return append(e.Where.append(b, false), ']')
}

func appendList(b []byte, list []Expr, word string, inside bool) []byte {
	if inside {
		b = append(b, '(')
	}
	for i, item := range list {
		if i > 0 {
			b = append(b, word...)
		}
		_, isAnd := item.(And)
		b = item.append(b, !isAnd || word != or) // an and within an or needs none: it binds tighter
	}
	if inside {
		b = append(b, ')')
	}
	return b
}

func appendLiteral(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(v) // a string always encodes
		return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
	case json.Number:
		return append(b, v...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	default:
		return append(b, "null"...)
	}
}
