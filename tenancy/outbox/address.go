package outbox

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a mail.
const (
	maxAddress = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets
	maxKey     = 500
	maxSubject = 500       // bytes
	maxBody    = 256 << 10 // of the text, and of the HTML
)

// MailError says what of a mail is refused, and why. Reason completes a sentence that begins with the field.
type MailError struct {
	Field  string // key, to, subject, text or html
	Reason string
}

// Error names the field and the reason.
func (e *MailError) Error() string { return e.Field + ": " + e.Reason }

// ParseAddress returns the mail address in a text: nothing but an address, which no header or command can be smuggled in
// with. The error is a *MailError.
func ParseAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || len(text) > maxAddress || !isLine(text) {
		return "", &MailError{"to", fmt.Sprintf("%.80q is no mail address such as it@acme.com", text)}
	}
	return text, nil
}

// FoldAddress returns the form in which mail addresses are compared: in lower case. A character beyond ASCII stays what it
// is where its lower case is an ASCII letter, as that of the Kelvin sign is: who owns the one mailbox does not own the other.
func FoldAddress(address string) string {
	return strings.Map(func(r rune) rune {
		if lower := unicode.ToLower(r); r < utf8.RuneSelf || lower >= utf8.RuneSelf {
			return lower
		}
		return r
	}, address)
}

// check returns the mail with its address in order.
func (m Mail) check() (Mail, error) {
	var err error
	if m.To, err = ParseAddress(m.To); err != nil {
		return m, err
	}
	switch {
	case m.Key == "" || len(m.Key) > maxKey || !isLine(m.Key):
		return m, &MailError{"key", fmt.Sprintf("%.80q is none: it is a line of at most %d bytes", m.Key, maxKey)}
	case m.Subject == "" || len(m.Subject) > maxSubject || !isLine(m.Subject):
		return m, &MailError{"subject", fmt.Sprintf("%.80q is none: it is a line of at most %d bytes", m.Subject, maxSubject)}
	case m.Text == "":
		return m, &MailError{"text", "is missing: some read nothing else"}
	}
	for field, body := range map[string]string{"text": m.Text, "html": m.HTML} {
		if len(body) > maxBody || !utf8.ValidString(body) || strings.ContainsRune(body, 0) {
			return m, &MailError{field, fmt.Sprintf("has %d bytes, or some that are no text: %d are the most", len(body), maxBody)}
		}
	}
	return m, nil
}

// isLine says whether a text is a line without control characters.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
