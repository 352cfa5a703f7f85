package filter

import (
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/schema"
)

// valuePath = path "[" disjunction "]", and under scim.ElementPathInFilter: path "[" disjunction "]." comparison,
// which asks for one more thing of the same element.
func (p *parser) valuePath(path string) (Expr, error) {
	if p.insideElement {
		return nil, p.fail(p.pos, "brackets cannot stand inside brackets")
	}
	p.insideElement = true
	where, err := p.group(']', "a closing bracket")
	p.insideElement = false
	if err != nil {
		return nil, err
	}
	if p.peek() == '.' {
		where, err = p.elementPath(where)
	}
	p.space()
	return ValuePath{path, where}, err
}

func (p *parser) elementPath(where Expr) (Expr, error) {
	if !p.lenient.Allow(scim.ElementPathInFilter) {
		return nil, p.fail(p.pos, `nothing may follow the closing bracket but "and" and "or"; write emails[type eq "work" and value eq "…"]`)
	}
	p.pos++
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	more, err := p.comparison(path)
	if list, isAnd := where.(And); isAnd {
		return append(slices.Clip(list), more), err
	}
	return And{where, more}, err
}

// comparison = path SP "pr" / path SP operator SP value
func (p *parser) comparison(path string) (Expr, error) {
	if p.terms++; p.terms > MaxTerms {
		return nil, p.fail(p.pos, "a filter has %d comparisons at most", MaxTerms)
	}
	p.space()
	start := p.pos
	word := p.word()
	if word == "" {
		return nil, p.expected("an operator such as eq")
	}
	op, known := operator(word)
	if !known {
		return nil, p.fail(start, `the operator "%s" is not supported; use eq, ne, co, sw, ew, pr, gt, ge, lt or le`, schema.Shorten(word))
	}
	p.space()
	if op == Present {
		return Comparison{Path: path, Op: op}, nil
	}
	value, err := p.value()
	p.space()
	return Comparison{path, op, value}, err
}

// operators are the words of RFC 7644 table 3.
var operators = [...]Op{
	Equal, Present, NotEqual, Contains, StartsWith, EndsWith, Greater, GreaterOrEqual, Less, LessOrEqual,
}

func operator(word string) (Op, bool) {
	for _, op := range operators {
		if strings.EqualFold(word, string(op)) && len(word) == len(op) {
			return op, true
		}
	}
	return "", false
}

// path reads an attribute path, whatever it may name: [URN ":"] name ["." sub].
func (p *parser) path() (string, error) {
	start := p.pos
	if c := p.peek(); c|0x20 < 'a' || c|0x20 > 'z' {
		if c != '$' {
			return "", p.expected("the name of an attribute")
		}
	}
	for p.pos < len(p.text) && !isDelimiter(p.text[p.pos]) {
		if p.text[p.pos] >= 0x7f {
			return "", p.fail(p.pos, "the name of an attribute has ASCII characters only")
		}
		p.pos++
	}
	return p.text[start:p.pos], nil
}
