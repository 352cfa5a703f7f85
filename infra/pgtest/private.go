package pgtest

import (
	"context"
	"sync"
	"time"

	"github.com/askspoke/spoke/infra/postgres"
)

// private starts the test process's own server on the first call and returns its URL. Nothing stops it: it ends with the
// process, by whatever means that ends, and its data with it. It is a process-wide value because a server takes a second
// to make and a test 30 milliseconds.
var private = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := postgres.Start(ctx, postgres.Options{})
	if err != nil {
		return "", err
	}
	return server.URL(), nil
})
