//go:build unix

package main

import (
	"context"
	"net/http"
	"strconv"

	"github.com/askspoke/spoke/infra/spokeserver"
	"github.com/askspoke/spoke/services/onboarding/client"
)

// spoke is a running Spoke, and its onboarding API.
type spoke struct {
	*spokeserver.Server

	apiKey string
	api    *client.ClientWithResponses
}

// settings are those of Spoke that the story has of its own.
func (s *stage) settings() []string {
	return []string{
		"SPOKE_PACE=" + strconv.Itoa(s.pace), "SPOKE_HEALTH_INTERVAL=1s",
		"SPOKE_SMTP_URL=" + s.mail.URL(), "SPOKE_MAIL_FROM=Spoke <spoke@spoke.test>", "SPOKE_NOTIFY=" + operator,
	}
}

// newSpoke builds and starts Spoke, and makes a key for its API.
func newSpoke(ctx context.Context, dir, database string, settings []string) (*spoke, error) {
	program, err := spokeserver.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	server, err := spokeserver.Start(ctx, spokeserver.Options{Program: program, Dir: dir, Database: database, Settings: settings})
	if err != nil {
		return nil, err
	}
	s := &spoke{Server: server}
	if s.apiKey, err = s.APIKey(ctx, "story"); err != nil {
		return s, err
	}
	s.api, err = client.NewClientWithResponses(s.Origin("api"), client.WithHTTPClient(s.HTTP),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+s.apiKey)
			return nil
		}))
	return s, err
}
