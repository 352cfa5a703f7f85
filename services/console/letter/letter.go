// Package letter writes the mails with which administrators come to a tenant's console: the link that they asked for, and
// the one that invites them.
//
// It sends nothing: the outbox does. What comes from outside, such as a tenant's name, is text in a letter and never
// markup, and never ends a header's line.
package letter

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"unicode"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
)

//go:embed template
var files embed.FS

// Letter is what a mail is written from.
type Letter struct {
	ID     string // of the link: the mail is sent once for it
	Tenant tenancy.ID
	To     string
	Name   string // the tenant's, for people
	Host   string // where the console is
	URL    string // opens the console
	Life   string // how long it does, such as "15 minutes"
	By     string // who invites; "": nobody, it was asked for
	Role   string // of whom is invited
	From   string // the address that the link was asked for from; "": it is not known
}

// Subject names the tenant.
func (l Letter) Subject() string {
	if l.By != "" {
		return "You are invited to the console of " + l.Name
	}
	return "Sign in to the console of " + l.Name
}

// Mail returns the letter as the outbox takes it.
func (l Letter) Mail() (outbox.Mail, error) {
	l.Name, l.By = line(l.Name), line(l.By)
	m := outbox.Mail{Key: "sign-in/" + l.ID, Tenant: l.Tenant, To: l.To, Subject: l.Subject()}
	var plain, marked bytes.Buffer
	if err := text.Execute(&plain, l); err != nil {
		return m, fmt.Errorf("write a letter: %w", err)
	}
	if err := html.Execute(&marked, l); err != nil {
		return m, fmt.Errorf("write a letter: %w", err)
	}
	m.Text, m.HTML = plain.String(), marked.String()
	return m, nil
}

// line is a text on one line.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

var (
	text = template.Must(template.ParseFS(files, "template/sign_in.txt"))
	html = htmltemplate.Must(htmltemplate.ParseFS(files, "template/sign_in.html"))
)
