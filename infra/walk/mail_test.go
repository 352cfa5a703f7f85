//go:build unix

package walk

import (
	"context"
	"net/mail"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/guard"
)

var linkInMail = regexp.MustCompile(`http://\S+/(sign-in/link|invitation|setup)/\S+`)

// mailsTo returns how many mails an address was sent.
func (s *stage) mailsTo(address string) (n int) {
	for _, m := range s.mail.Messages() {
		if to(m.To, address) {
			n++
		}
	}
	return n
}

func to(list []*mail.Address, address string) bool {
	return slices.ContainsFunc(list, func(a *mail.Address) bool { return a.Address == address })
}

// linkTo waits for the nth mail to an address and returns its link.
func (s *stage) linkTo(t *testing.T, address string, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for s.mailsTo(address) < n {
		if guard.Pause(ctx) != nil {
			t.Fatalf("%s was sent %d mails, not %d", address, s.mailsTo(address), n)
		}
	}
	for _, m := range s.mail.Messages() { // the newest first
		if link := linkInMail.FindString(m.Text); link != "" && to(m.To, address) {
			return link
		}
	}
	t.Fatalf("no mail to %s has a link", address)
	return ""
}
