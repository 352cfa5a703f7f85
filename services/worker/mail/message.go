package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/askspoke/spoke/tenancy/outbox"
)

// message returns a mail as it is sent: the same bytes at every attempt.
func (s *Sender) message(m outbox.Claimed) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("spoke-"+m.ID))
	msg.FromMailAddress(s.config.From)
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	if strings.Contains(m.Subject, "=?") { // else it might be read as encoded
		msg.SetGenHeaderPreformatted(gomail.HeaderSubject, encodedWords(m.Subject))
	} else {
		msg.Subject(m.Subject)
	}
	msg.SetDateWithValue(m.CreatedAt)
	msg.SetMessageIDWithValue(m.MessageID)
	// Nobody's absence is to be answered to us, and a reader can sort what comes from us by the list (RFC 3834, RFC 2919).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("List-Id", "<spoke-notifications."+Domain(s.config.From)+">")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// encodedWords returns a text as encoded-words of RFC 2047, also where it has ASCII alone.
func encodedWords(text string) string {
	const most = 39 // bytes, which base64 and its frame make 64 of, so that a line with the header's name has less than 76
	var words []string
	for text != "" {
		n := 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if n+size > most {
				break
			}
			n += size
		}
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+"?=")
		text = text[n:]
	}
	return strings.Join(words, "\r\n ")
}

// isASCII says whether an address needs no SMTPUTF8.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}
