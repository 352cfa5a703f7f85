// Package filter reads the filters of RFC 7644 section 3.4.2.2, in three steps: Parse makes a syntax tree of the text,
// Bind resolves its names and values by a resource type, and Match evaluates the result on one resource. A store
// evaluates the bound form in its own way, with the meaning that node.go defines.
//
// The package does not sort or page, and knows no store. Parse accepts the whole grammar and, each under its own
// scim.Tolerance, what Entra ID sends beyond it. Text from a client can neither exhaust the stack nor cause a panic.
// Every error is a *scim.Error, 400 invalidFilter, written for the administrator of an identity provider.
package filter

import (
	"strings"
	"unicode/utf8"

	"github.com/askspoke/spoke/scim"
)

// The limits of a filter. One that is beyond them is refused with 400 invalidFilter.
const (
	MaxLength = 10 << 10 // bytes
	MaxTerms  = 100      // comparisons
	MaxDepth  = 50       // parentheses and brackets within each other
)

// Parse returns the syntax tree of a filter. Names and operators are read in any case. White space may be missing
// where no two words meet: not(title pr). The error is a 400 invalidFilter that tells where the filter goes wrong.
//
//	userName eq "bjensen"
//	emails[type eq "work" and value co "@example.com"] or not (title pr)
func Parse(text string, lenient *scim.Leniency) (Expr, error) {
	if len(text) > MaxLength {
		return nil, scim.BadRequest(scim.InvalidFilter, "The filter is too long: it has %d bytes, and %d are read at most.", len(text), MaxLength).Breaks(scim.RuleFilterSyntax)
	}
	return parse(text, MaxDepth, lenient)
}

func parse(text string, maxDepth int, lenient *scim.Leniency) (Expr, error) {
	p := parser{text: text, maxDepth: maxDepth, lenient: lenient}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, p.fail(i, "a NUL character cannot be part of a filter")
	}
	if !utf8.ValidString(text) {
		return nil, scim.BadRequest(scim.InvalidFilter, "The filter is not valid UTF-8.").Breaks(scim.RuleFilterSyntax)
	}
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.pos < len(text) {
		return nil, p.expected(`"and", "or" or the end of the filter`)
	}
	return e, nil
}

// parser reads a filter from left to right, one function for each rule of the grammar. Each function leaves pos behind
// what it has read and the white space after it.
type parser struct {
	text          string
	pos           int
	depth, terms  int
	maxDepth      int
	insideElement bool
	lenient       *scim.Leniency
}

// disjunction = conjunction *("or" conjunction)
func (p *parser) disjunction() (Expr, error) {
	first, err := p.conjunction()
	if err != nil || !p.keyword("or") {
		return first, err
	}
	list := Or{first}
	for more := true; more; more = p.keyword("or") {
		next, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	return list, nil
}

// conjunction = term *("and" term)
func (p *parser) conjunction() (Expr, error) {
	first, err := p.term()
	if err != nil || !p.keyword("and") {
		return first, err
	}
	list := And{first}
	for more := true; more; more = p.keyword("and") {
		next, err := p.term()
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	return list, nil
}

// term = ["not"] "(" disjunction ")" / valuePath / comparison
func (p *parser) term() (Expr, error) {
	p.space()
	if p.peek() == '(' {
		return p.group(')', "a closing parenthesis")
	}
	if p.keyword("not") {
		if p.peek() != '(' {
			return nil, p.expected(`an opening parenthesis after "not"`)
		}
		e, err := p.group(')', "a closing parenthesis")
		return Negation{e}, err
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.peek() == '[' {
		return p.valuePath(path)
	}
	return p.comparison(path)
}

// group reads what is between the opening character, which is next, and the closing one.
func (p *parser) group(closing byte, name string) (Expr, error) {
	if p.depth++; p.depth > p.maxDepth {
		return nil, p.fail(p.pos, "parentheses and brackets are nested deeper than %d levels", p.maxDepth)
	}
	p.pos++
	e, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.peek() != closing {
		return nil, p.expected(`"and", "or" or ` + name)
	}
	p.pos++
	p.depth--
	if closing == ')' {
		p.space()
	}
	return e, nil
}
