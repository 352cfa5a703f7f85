//go:build unix

package walk

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"testing"

	"github.com/askspoke/spoke/infra/fixture"
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
	fixture.Succeeds(t, "mail", func() error {
		if sent := s.mailsTo(address); sent < n {
			return fmt.Errorf("%s was sent %d mails, not %d", address, sent, n)
		}
		return nil
	})
	for _, m := range s.mail.Messages() { // the newest first
		if link := linkInMail.FindString(m.Text); link != "" && to(m.To, address) {
			return link
		}
	}
	t.Fatalf("no mail to %s has a link", address)
	return ""
}
