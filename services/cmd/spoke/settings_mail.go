package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/askspoke/spoke/services/worker/mail"
	"github.com/askspoke/spoke/tenancy/outbox"
)

// checkMail refuses what mail cannot be sent by, or to. No message shows the URL, which has a password.
func (s settings) checkMail() error {
	if s.SMTPURL == "" {
		if s.MailFrom != "" || len(s.Notify) > 0 {
			return errors.New("SPOKE_MAIL_FROM or SPOKE_NOTIFY is set and SPOKE_SMTP_URL is not: nobody could be told; set it, or neither")
		}
		return nil
	}
	var refused []error
	if _, err := mail.ParseURL(s.SMTPURL); err != nil {
		refused = append(refused, fmt.Errorf("SPOKE_SMTP_URL %w", err))
	}
	if s.MailFrom == "" {
		refused = append(refused, errors.New("SPOKE_MAIL_FROM is not set: name whom mail comes from, such as Spoke <spoke@askspoke.com>"))
	} else if _, err := mail.ParseFrom(s.MailFrom); err != nil {
		refused = append(refused, fmt.Errorf("SPOKE_MAIL_FROM: %w", err))
	}
	if _, err := s.operators(); err != nil {
		refused = append(refused, err)
	}
	return errors.Join(refused...)
}

// maxNotify is how many addresses the operator can have.
const maxNotify = 20

// operators are the addresses of who runs Spoke, each once.
func (s settings) operators() ([]string, error) {
	if len(s.Notify) > maxNotify {
		return nil, fmt.Errorf("SPOKE_NOTIFY has %d addresses: %d are the most; use a list of your mail server's", len(s.Notify), maxNotify)
	}
	var list []string
	seen := make(map[string]bool)
	for _, text := range s.Notify {
		address, err := outbox.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("SPOKE_NOTIFY: %.80q is no mail address such as ops@askspoke.com; separate several by commas", text)
		}
		if folded := strings.ToLower(address); !seen[folded] {
			seen[folded] = true
			list = append(list, address)
		}
	}
	return list, nil
}
