package schema

import "strings"

// isBase64 tells whether a text is base64 in either alphabet of RFC 4648 (RFC 7643 section 2.3.6: a schema may choose that
// of section 5 there, and has no characteristic that says so). Padding may be left out. Line breaks, which PEM has, may
// not be there (RFC 4648 section 3.3).
func isBase64(text string) bool {
	digits := strings.TrimRight(text, "=")
	if padding := len(text) - len(digits); padding > 2 || padding > 0 && len(text)%4 != 0 || len(digits)%4 == 1 {
		return false
	}
	standard, urlSafe := true, true
	for i := range len(digits) {
		switch c := digits[i]; {
		case isLetter(c), '0' <= c && c <= '9':
		case c == '+' || c == '/':
			urlSafe = false
		case c == '-' || c == '_':
			standard = false
		default:
			return false
		}
	}
	return standard || urlSafe
}
