package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// patient sends a request again whose answer was lost, or that came too early, as far as that is safe: a read, or a POST,
// which the API makes once for its Idempotency-Key.
type patient struct {
	once  *http.Client
	again *retryablehttp.Client
}

func newPatient(once *http.Client) *patient {
	return &patient{once: once, again: &retryablehttp.Client{
		HTTPClient: once, RetryMax: 3, RetryWaitMin: 500 * time.Millisecond, RetryWaitMax: 10 * time.Second,
		CheckRetry: worthAnother, Backoff: patience, ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

// Do sends a request.
func (p *patient) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && r.Header.Get("Idempotency-Key") == "" {
		return p.once.Do(r)
	}
	again, err := retryablehttp.FromRequest(r)
	if err != nil {
		return nil, err
	}
	return p.again.Do(again)
}

// worthAnother tells whether an attempt was refused for the moment alone, or has no answer for a reason that may pass.
func worthAnother(ctx context.Context, response *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return false, nil // it was waited for long enough
	}
	if err != nil {
		return retryablehttp.DefaultRetryPolicy(ctx, response, err)
	}
	return response.StatusCode >= http.StatusBadRequest && response.Header.Get("Retry-After") != "" || response.StatusCode == http.StatusBadGateway, nil
}

// patience waits as long as the answer says, where it does and that is bearable.
func patience(least, most time.Duration, attempt int, response *http.Response) time.Duration {
	if response != nil {
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
			return min(time.Duration(seconds)*time.Second, most)
		}
	}
	return retryablehttp.DefaultBackoff(least, most, attempt, response)
}
