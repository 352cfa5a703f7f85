package main

import (
	"context"
	"fmt"
	"strings"
)

// ready are a document and a search form of the right size: what a patch writes, without the work of applying it.
type ready struct{ document, search template }

// A template is a text with marks where the two values of a patch go, and number where a user's own number goes.
type template string

const (
	titleMark = "\x00"
	mailMark  = "\x01"
)

func (t template) fill(digits, title, mail string) string {
	text := strings.ReplaceAll(string(t), number, digits)
	return strings.Replace(strings.Replace(text, titleMark, title, 1), mailMark, mail, 1)
}

// newTemplate marks the values in a text of the first user's. Both must be there, once.
func newTemplate(text, title, mail string) (template, error) {
	for _, value := range []string{title, mail} {
		if n := strings.Count(text, value); n != 1 {
			return "", fmt.Errorf("the first user has %s %d times: %s", value, n, text)
		}
	}
	text = strings.Replace(text, title, `"title":"`+titleMark+`"`, 1)
	return template(strings.Replace(text, mail, `"value":"`+mailMark+`"`, 1)), nil
}

// prepare makes the templates from the first user, as Spoke stored it, and reads whose number is which.
func (s *bare) prepare(ctx context.Context) error {
	var document, search string
	first := user{digits: number}.name()
	err := s.db.QueryRowContext(ctx, `SELECT document::text, search::text FROM `+s.users+` WHERE user_name = $1`, first).
		Scan(&document, &search)
	if err != nil {
		return fmt.Errorf("read the first user: %w", err)
	}
	if s.ready.document, err = newTemplate(document, `"title":"Engineer `+number+`"`, `"value":"`+first+`"`); err != nil {
		return err
	}
	if s.ready.search, err = newTemplate(search, `"title": "engineer `+number+`"`, `"value": "`+first+`"`); err != nil {
		return err
	}
	return s.readDigits(ctx)
}

func (s *bare) readDigits(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, `SELECT id, `+numberOfName+` FROM `+s.users+` ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read the users: %w", err)
	}
	defer rows.Close()
	s.digits = make(map[string]string)
	for rows.Next() {
		var id, digits string
		if err := rows.Scan(&id, &digits); err != nil {
			return fmt.Errorf("read the users: %w", err)
		}
		s.digits[id] = digits
	}
	return rows.Err()
}
