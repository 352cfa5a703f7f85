package filter

import "github.com/askspoke/spoke/scim/schema"

// Op is an attribute operator (RFC 7644 table 3). Bind leaves Present, Equal, Contains, StartsWith, EndsWith, Greater,
// GreaterOrEqual, Less and LessOrEqual; ne and comparisons with null are rewritten with Not.
type Op string

// The operators of RFC 7644 table 3.
const (
	Present        Op = "pr"
	Equal          Op = "eq"
	NotEqual       Op = "ne"
	Contains       Op = "co"
	StartsWith     Op = "sw"
	EndsWith       Op = "ew"
	Greater        Op = "gt"
	GreaterOrEqual Op = "ge"
	Less           Op = "lt"
	LessOrEqual    Op = "le"
)

// Node is a filter bound to a resource type: every name is a schema.Ref, every value has its attribute's type and is in
// comparison form. It is what Match evaluates and what a store compiles. A node is true or false, never unknown: a
// comparison with an absent attribute is false, and its Not is true.
type Node interface{ node() }

// All is true when each of its nodes is (and).
type All []Node

// Any is true when one of its nodes is (or).
type Any []Node

// Not is true when its node is false.
type Not struct{ Node Node }

// Test compares one attribute. Of a multi-valued attribute any element may meet it. Value is a string in comparison
// form (schema.Attribute.Comparable) for string, reference and binary, a bool, a json.Number, or a time.Time for
// dateTime; it is nil for Present. Inside Some, Ref names a sub-attribute of Some's Ref and is tested on the element
// alone.
type Test struct {
	Ref   schema.Ref
	Op    Op
	Value any
}

// Some is true when one element of the multi-valued (or complex) attribute meets Where as a whole: a valuePath.
type Some struct {
	Ref   schema.Ref
	Where Node
}

func (All) node()  {}
func (Any) node()  {}
func (Not) node()  {}
func (Test) node() {}
func (Some) node() {}
