//go:build unix

package mailpit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"time"
)

// Message is a mail that the server was sent.
type Message struct {
	ID        string // the server's own
	MessageID string
	From      *mail.Address
	To        []*mail.Address
	Subject   string
	Date      time.Time
	Username  string // that the client gave
	Text      string // of List: nothing
	HTML      string // of List: nothing
}

// Count returns how many mails the server was sent.
func (s *Server) Count(ctx context.Context) (int, error) {
	var page struct {
		Total int `json:"total"`
	}
	err := s.call(ctx, http.MethodGet, "messages?limit=1", nil, &page)
	return page.Total, err
}

// List returns all mails without their texts, the newest first.
func (s *Server) List(ctx context.Context) ([]Message, error) {
	var page struct {
		Messages []Message `json:"messages"`
	}
	err := s.call(ctx, http.MethodGet, "messages?limit=100000", nil, &page)
	return page.Messages, err
}

// Message returns a mail with its texts.
func (s *Server) Message(ctx context.Context, id string) (Message, error) {
	var m Message
	err := s.call(ctx, http.MethodGet, "message/"+id, nil, &m)
	return m, err
}

// Raw returns a mail as it was sent.
func (s *Server) Raw(ctx context.Context, id string) (string, error) {
	var text []byte
	err := s.call(ctx, http.MethodGet, "message/"+id+"/raw", nil, &text)
	return string(text), err
}

// Refuse has the server answer every sender and every recipient with a code of SMTP from 400 to 599; 0 is to take them.
func (s *Server) Refuse(ctx context.Context, sender, recipient int) error {
	type trigger struct{ ErrorCode, Probability int }
	of := func(code int) trigger {
		if code == 0 {
			return trigger{451, 0}
		}
		return trigger{code, 100}
	}
	return s.call(ctx, http.MethodPut, "chaos", map[string]trigger{"Sender": of(sender), "Recipient": of(recipient)}, nil)
}

// call asks the server's API, and decodes the answer into result, or copies it where that is a []byte.
func (s *Server) call(ctx context.Context, method, path string, body, result any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return fmt.Errorf("ask mailpit for %s: %w", path, err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.Web()+"api/v1/"+path, &content)
	if err != nil {
		return fmt.Errorf("ask mailpit for %s: %w", path, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask mailpit for %s: %w", path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch to, ok := result.(*[]byte); {
	case err != nil:
	case response.StatusCode != http.StatusOK:
		err = fmt.Errorf("%s: %.200s", response.Status, answer)
	case ok:
		*to = answer
	case result != nil:
		err = json.Unmarshal(answer, result)
	}
	if err != nil {
		return fmt.Errorf("ask mailpit for %s: %w", path, err)
	}
	return nil
}
