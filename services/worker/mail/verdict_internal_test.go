package mail

import (
	"testing"

	gomail "github.com/wneessen/go-mail"
)

// Only what is said of a recipient for good loses a mail; what may be a wrong setting of ours does not.
func TestOfRecipient(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason   gomail.SendErrReason
		code     int
		enhanced string
		want     bool
	}{
		{gomail.ErrSMTPRcptTo, 550, "5.1.1", true}, // no such user
		{gomail.ErrSMTPRcptTo, 550, "", true},
		{gomail.ErrSMTPRcptTo, 551, "", true},      // user not local
		{gomail.ErrSMTPRcptTo, 553, "", true},      // not an address
		{gomail.ErrSMTPRcptTo, 552, "5.2.2", true}, // mailbox full, for good
		{gomail.ErrSMTPRcptTo, 552, "", false},
		{gomail.ErrSMTPRcptTo, 550, "5.7.1", false}, // we may not relay
		{gomail.ErrSMTPRcptTo, 554, "5.7.1", false},
		{gomail.ErrSMTPRcptTo, 554, "", false}, // relay access denied, as some have it
		{gomail.ErrSMTPRcptTo, 530, "", false}, // authentication required
		{gomail.ErrSMTPRcptTo, 503, "5.5.1", false},
		{gomail.ErrSMTPDataClose, 554, "", false},      // our sender is not verified, as some have it
		{gomail.ErrSMTPDataClose, 554, "5.7.1", false}, // taken for spam
		{gomail.ErrSMTPDataClose, 550, "5.1.1", true},
		{gomail.ErrSMTPDataClose, 550, "", false},
	} {
		if got := ofRecipient(test.reason, test.code, test.enhanced); got != test.want {
			t.Errorf("%v %d %s: %v", test.reason, test.code, test.enhanced, got)
		}
	}
}
