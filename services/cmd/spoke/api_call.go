package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// maxAnswer is how many bytes of an answer are read that is no stream.
const maxAnswer = 64 << 20

// refusedError is a call that the onboarding API has refused.
type refusedError struct {
	status  int
	problem client.Problem
}

// Error is one line: what is wrong, each field, and for what is the server's fault the id under which its log has the cause.
func (e *refusedError) Error() string {
	p := e.problem
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	var fields []string
	for _, f := range value(p.Errors) {
		field := f.Field + " " + f.Detail
		if !strings.HasPrefix(p.Detail, field) {
			fields = append(fields, field)
		}
	}
	if len(fields) > 0 {
		text += " (" + strings.Join(fields, "; ") + ")"
	}
	if e.status >= http.StatusInternalServerError && p.Instance != "" {
		text += " (request " + strings.TrimPrefix(p.Instance, "urn:uuid:") + ")"
	}
	return plain(text)
}

// refusedAs tells whether a call was refused with a problem of a kind.
func refusedAs(err error, kind string) bool {
	var refused *refusedError
	return errors.As(err, &refused) && strings.TrimPrefix(refused.problem.Type, "/problems/") == kind
}

// unreachableError is a call without an answer of the API.
type unreachableError struct {
	url string
	err error
}

// Error says where there was no answer, and why.
func (e *unreachableError) Error() string {
	return fmt.Sprintf("the onboarding API at %s cannot be reached: %v", e.url, e.err)
}

// Unwrap returns the cause.
func (e *unreachableError) Unwrap() error { return e.err }

// call returns what a call was answered: call[client.Tenant](api.GetTenant(ctx, slug)). Errors: refusedError,
// unreachableError.
func call[T any](response *http.Response, err error) (T, error) {
	v, _, err := exchange[T](response, err)
	return v, err
}

// exchange is call for those who want the header or the status, too.
func exchange[T any](response *http.Response, err error) (v T, _ *http.Response, _ error) {
	if response, err = answered(response, err); err != nil {
		return v, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent {
		return v, response, nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return v, nil, &unreachableError{response.Request.URL.Redacted(), err}
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, nil, notTheAPI(response)
	}
	return v, response, nil
}

// answered returns a response that is no problem, with its body still to be read.
func answered(response *http.Response, err error) (*http.Response, error) {
	if err != nil {
		var where *url.Error
		switch {
		case errors.Is(err, context.Canceled):
			return nil, context.Canceled
		case errors.As(err, &where):
			return nil, &unreachableError{origin(where.URL), where.Err}
		}
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	defer response.Body.Close()
	refused := &refusedError{status: response.StatusCode}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	err = json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&refused.problem)
	if media != "application/problem+json" || err != nil {
		return nil, notTheAPI(response)
	}
	return nil, refused
}

func notTheAPI(response *http.Response) error {
	return &unreachableError{origin(response.Request.URL.String()), fmt.Errorf("what answers there, with %s, is not the API", response.Status)}
}

// origin returns a URL without what a message need not have.
func origin(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "its URL"
	}
	return u.Scheme + "://" + u.Host
}

// pages reads a list to its end, or until it has limit elements, 0 for all.
func pages[T any](limit int, read func(size int, cursor *string) ([]T, *string, error)) ([]T, error) {
	const most = 200
	all := []T{}
	for cursor := (*string)(nil); ; {
		size := most
		if limit > 0 {
			size = min(most, limit-len(all))
		}
		items, next, err := read(size, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if next == nil || limit > 0 && len(all) >= limit {
			return all, nil
		}
		cursor = next
	}
}

// explainNotFound names what was not found, and the command that lists what there is.
func explainNotFound(c *cli.Command, err error) error {
	var refused *refusedError
	if !errors.As(err, &refused) || refused.status != http.StatusNotFound || !c.Args().Present() {
		return err
	}
	slug, above := c.Args().First(), c.FullName()[:strings.LastIndex(c.FullName(), " ")]
	if strings.Contains(refused.problem.Detail, "no such tenant") {
		return fmt.Errorf("%s: %w spoke tenant list shows them", plain(slug), err)
	}
	if above == "spoke tenant client secret" || above == "spoke tenant client trust" {
		above = "spoke tenant client"
	}
	return fmt.Errorf("%s: %w %s list %s shows them", plain(c.Args().Get(c.Args().Len()-1)), err, above, plain(slug))
}
