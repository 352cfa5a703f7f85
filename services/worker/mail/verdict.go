package mail

import (
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// result is what a server did with a mail.
type result int

const (
	taken     result = iota
	refused          // for good, because of its recipient
	deferred         // for now
	broken           // the connection was lost
	unwilling        // the server takes no mail from us
)

// verdict is how an attempt ended.
type verdict struct {
	result result
	lost   bool // the connection, which is of no use any more
	again  bool // at once, on another connection: nothing of it was sent
	reason string
}

// judge says what a refusal means. What may be our fault, a wrong sender or no right to relay, does not lose the mail.
func judge(e *gomail.SendError) verdict {
	v := verdict{result: deferred, reason: e.Error()}
	switch code := e.ErrorCode(); {
	case code == 0 || code == 421: // no answer, or "service not available, closing transmission channel"
		v.result, v.lost = broken, true
	case e.Reason == gomail.ErrSMTPMailFrom:
		v.result = unwilling
	case code >= 500 && ofRecipient(e.Reason, code, e.EnhancedStatusCode()):
		v.result = refused
	}
	return v
}

// ofRecipient says whether a permanent refusal is because of the recipient: by its enhanced code, whose second part is 1
// for addresses and 2 for mailboxes (RFC 3463), or, without one, by what the codes mean in answer to RCPT (RFC 5321 section 4.2.2).
func ofRecipient(reason gomail.SendErrReason, code int, enhanced string) bool {
	if enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.") || strings.HasPrefix(enhanced, "5.2.")
	}
	return reason == gomail.ErrSMTPRcptTo && (code == 550 || code == 551 || code == 553)
}
