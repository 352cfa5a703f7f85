//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/askspoke/spoke/services/onboarding/client"
)

const (
	lookEvery = 200 * time.Millisecond
	patience  = 90 * time.Second // at the fastest pace
)

// until looks again and again until what was told has come to be. It gives up when a part has ended.
func (s *stage) until(ctx context.Context, what string, look func(context.Context) error) error {
	within := patience * time.Duration(fastest) / time.Duration(s.pace)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last error
	for {
		err := look(ctx)
		if err == nil {
			return nil
		}
		if broken := (*brokenError)(nil); errors.As(err, &broken) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if ctx.Err() == nil {
			last = err
		}
		if err := s.spoke.Err(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %v: %w", what, within, errors.Join(last, context.Cause(ctx)))
		}
	}
}

// answer returns what the API answered, or its problem.
func answer[T any](result *T, problem *client.ProblemAnswer, body []byte) (*T, error) {
	switch {
	case problem != nil:
		return nil, fmt.Errorf("the API refused it: %s", body)
	case result == nil:
		return nil, fmt.Errorf("the API answered %q", body)
	}
	return result, nil
}

func (s *stage) health(ctx context.Context, slug string) (*client.Health, error) {
	r, err := s.spoke.api.GetHealthWithResponse(ctx, slug)
	if err != nil {
		return nil, err
	}
	return answer(r.JSON200, r.ApplicationProblemJSONDefault, r.Body)
}

// metric returns the value of a series at /metrics.
func (s *stage) metric(ctx context.Context, series string) (float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.spoke.Metrics+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (.*)$`).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("/metrics has no %s", series)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// firing returns the alerts of a tenant that fire in Prometheus.
func (s *stage) firing(ctx context.Context, slug string) ([]string, error) {
	result, err := s.alerts.Alerts(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask prometheus: %w", err)
	}
	var list []string
	for _, a := range result.Alerts {
		if string(a.Labels["tenant"]) == slug && a.State == v1.AlertStateFiring {
			list = append(list, string(a.Labels["alertname"]))
		}
	}
	slices.Sort(list)
	return list, nil
}

// mailed returns the subjects of the mails that an address got, the first one first.
func (s *stage) mailed(ctx context.Context, address string) ([]string, error) {
	all, err := s.mail.List(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, m := range slices.Backward(all) {
		if len(m.To) == 1 && m.To[0].Address == address {
			list = append(list, m.Subject)
		}
	}
	return list, nil
}
