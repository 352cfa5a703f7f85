package explain

import (
	"cmp"
	"html"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tokens are what looks like a bearer token or a key wherever it stands. All are of fixed form, so that ids and names of
// people are not taken for them.
var tokens = regexp.MustCompile(`(?i:\bbearer\s+[A-Za-z0-9._~+/=-]{8,}|\bbasic\s+[A-Za-z0-9+/]{16,}={0,2}|\bssws\s+[A-Za-z0-9._~+/=-]{8,})` +
	`|\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}` + // a JWT (RFC 7519), also one without a signature
	`|\b[a-z]{2,4}_[A-Za-z0-9]{36,}` + // spk_…, ghp_… and others of that form
	`|\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bglpat-[A-Za-z0-9_-]{16,}` +
	`|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`)

// assigned are the names of secrets, as they stand before a value in a text.
var assigned = [...]string{
	"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "credentials", "apikey", "api_key", "api-key",
	"privatekey", "private_key", "private-key", "authorization",
}

// newAssignments finds the name of a secret that is followed by its value: password=x, "password": "x", password eq "x".
func newAssignments(names map[string]bool) *regexp.Regexp {
	list := slices.AppendSeq(slices.Clone(assigned[:]), maps.Keys(names))                                // never the names themselves, which are everybody's
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }) // the longest first
	quoted := make([]string, len(list))
	for i, name := range list {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return regexp.MustCompile(`(?is)((?:` + strings.Join(quoted, "|") +
		`)["'\\\s\])]*(?:[=:]|["'],|\s(?:eq|ne|co|sw|ew|gt|ge|lt|le)\b))(.+)$`)
}

// scrub takes tokens out of a text, and all that follows the name of a secret and a sign that says it is its value.
func (s *secrets) scrub(text string) string {
	const shortest = len("pwd=x")
	if len(text) < shortest {
		return text
	}
	may := s.sieve.mayHold(text)
	if may&aToken != 0 {
		text = tokens.ReplaceAllLiteralString(text, Redacted)
	}
	if may&aName == 0 || !strings.ContainsAny(text, "=:, \t\r\n") {
		return text
	}
	at := s.assigned.FindStringSubmatchIndex(text)
	if at == nil || strings.TrimSpace(text[at[4]:]) == Redacted {
		return text
	}
	return text[:at[4]] + Redacted
}

// unescape undoes the escapes in which a name could hide: of JSON, URLs and XML.
func unescape(text string) string {
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	if !strings.ContainsAny(text, `\%+`) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			b.WriteByte(' ')
			continue
		case c == '\\' && i+1 < len(text) && text[i+1] != 'u':
			if i++; strings.IndexByte("bfnrt", text[i]) >= 0 {
				b.WriteByte(' ')
			} else {
				b.WriteByte(text[i])
			}
			continue
		}
		digits := 0
		switch {
		case c == '%':
			digits = 2
		case c == '\\' && i+1 < len(text) && text[i+1] == 'u':
			digits = 4
		}
		from := i + 1 + digits/4 // behind the percent, or the backslash and the u
		if digits == 0 || from+digits > len(text) {
			b.WriteByte(c)
			continue
		}
		code, err := strconv.ParseUint(text[from:from+digits], 16, 32)
		switch {
		case err != nil:
			b.WriteByte(c)
			continue
		case digits == 2:
			b.WriteByte(byte(code))
		default:
			b.Write(utf8.AppendRune(nil, rune(code)))
		}
		i = from + digits - 1
	}
	return b.String()
}
