//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/askspoke/spoke/infra/guard"
	"github.com/askspoke/spoke/infra/mailpit"
	"github.com/askspoke/spoke/infra/postgres"
	"github.com/askspoke/spoke/infra/prometheus"
	"github.com/askspoke/spoke/infra/promserver"
)

// options say how the story is set up.
type options struct {
	pace     int
	database string    // the URL of an empty one; empty: one of a Postgres of its own
	log      io.Writer // a line for each thing that the user should know
}

// A stage has the real parts.
type stage struct {
	options

	dir        string
	spoke      *spoke
	mail       *mailpit.Server
	prometheus *promserver.Server
	alerts     v1.API
	stops      []func() error
	// stalled says whether the machine was so slow that an identity provider's cycle fell apart, so that something else was
	// played than the story.
	stalled func() bool
}

// operator is the address of who runs Spoke.
const operator = "operator@spoke.test"

// setUp starts the parts, in order. What it returns has to be stopped, also with an error.
func setUp(ctx context.Context, o options) (*stage, error) {
	s := &stage{options: o, stalled: func() bool { return false }}
	for _, start := range []func(context.Context) error{s.directory, s.startPostgres, s.startMail, s.startSpoke, s.startPrometheus} {
		if err := start(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

// stop stops the parts in the opposite order.
func (s *stage) stop() error {
	var errs []error
	for i := len(s.stops) - 1; i >= 0; i-- {
		errs = append(errs, s.stops[i]())
	}
	s.stops = nil
	return errors.Join(errs...)
}

func (s *stage) directory(context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "spoke-story-"); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	temporary, err := guard.Temporary(s.dir) // also when the story is killed
	if err != nil {
		return errors.Join(err, os.RemoveAll(s.dir))
	}
	s.stops = append(s.stops, temporary.Close)
	return nil
}

func (s *stage) startPostgres(ctx context.Context) error {
	if s.database != "" {
		return nil
	}
	server, err := postgres.Start(ctx, postgres.Options{Log: s.log})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, server.Stop)
	s.database = server.URL()
	return nil
}

func (s *stage) startMail(ctx context.Context) (err error) {
	if s.mail, err = mailpit.Start(ctx, mailpit.Options{Log: s.log}); err != nil {
		return err
	}
	s.stops = append(s.stops, s.mail.Stop)
	return nil
}

func (s *stage) startSpoke(ctx context.Context) (err error) {
	s.spoke, err = newSpoke(ctx, s.dir, s.database, s.settings())
	if s.spoke != nil {
		s.stops = append(s.stops, s.spoke.Stop)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.log, "spoke: metrics at http://%s/metrics\n", s.spoke.Metrics)
	return err
}

// startPrometheus starts it with the rules at the story's pace.
func (s *stage) startPrometheus(ctx context.Context) error {
	rules := s.dir + "/rules"
	if err := prometheus.Write(rules, prometheus.Pace(s.pace)); err != nil {
		return err
	}
	var err error
	if s.prometheus, err = promserver.Start(ctx, promserver.Options{Targets: []string{s.spoke.Metrics}, Rules: rules, Log: s.log}); err != nil {
		return err
	}
	s.stops = append(s.stops, s.prometheus.Stop)
	c, err := api.NewClient(api.Config{Address: s.prometheus.URL()})
	if err != nil {
		return fmt.Errorf("ask prometheus: %w", err)
	}
	s.alerts = v1.NewAPI(c)
	return nil
}
