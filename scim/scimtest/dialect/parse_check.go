package dialect

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// kinds are what "is" can say of a value.
var kinds = []string{"string", "number", "integer", "boolean", "object", "list"}

// check reads one expectation; a JSON operand may go on over lines.
func (p *parser) check() (check, error) {
	c := check{line: p.at + 1}
	rest := p.line()
	if name, ok := strings.CutPrefix(rest, "header "); ok {
		c.header, rest = true, name
	}
	end := endOfPath(rest)
	c.path = rest[:end]
	c.op, c.operand, _ = strings.Cut(strings.TrimSpace(rest[end:]), " ")
	c.operand = strings.TrimSpace(c.operand)
	if err := p.placeholders(c.line, rest); err != nil {
		return c, err
	}
	var err error
	switch c.op {
	case "present", "absent":
		if c.operand != "" {
			return c, p.errorf(c.line, "nothing can follow %s, but %q does", c.op, c.operand)
		}
	case "contains":
	case "is":
		if !slices.Contains(kinds, c.operand) {
			return c, p.errorf(c.line, "want one of %s after is, not %q", strings.Join(kinds, ", "), c.operand)
		}
	case "count":
		if _, err = strconv.Atoi(c.operand); err != nil {
			return c, p.errorf(c.line, "want a number after count, not %q", c.operand)
		}
	case "=", "!=", "has", "lacks":
		if !c.header {
			err = p.operand(&c)
		}
	default:
		return c, p.errorf(c.line, `want an expectation such as userName = "ada" or groups absent, not %q`, p.line())
	}
	return c, err
}

// operand reads lines until they are JSON.
func (p *parser) operand(c *check) error {
	const most = 400
	for i := 0; !json.Valid([]byte(c.operand)); i++ {
		next := p.at + 1
		if i == most || next >= len(p.lines) || strings.HasPrefix(p.lines[next], "==") {
			return p.errorf(c.line, "what follows %s %s is no JSON: %.60q", c.path, c.op, c.operand)
		}
		if err := p.placeholders(next+1, p.lines[next]); err != nil {
			return err
		}
		c.operand += "\n" + p.lines[next]
		p.at = next
	}
	return nil
}

// endOfPath is the place of the first space that is not in brackets.
func endOfPath(text string) int {
	depth := 0
	for i, c := range text {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ' ' && depth == 0:
			return i
		}
	}
	return len(text)
}
