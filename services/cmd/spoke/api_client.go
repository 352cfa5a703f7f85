package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// shellAPI is the onboarding API as commands call it.
type shellAPI struct {
	*client.Client                // whose calls are sent again where the answer is lost and that is safe
	stream         *client.Client // for what takes as long as it takes
}

// callTimeout is how long an answer may take: longer than the API itself gives a call.
const callTimeout = 75 * time.Second

// apiFlags say where the API is.
func apiFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "api-url", Usage: "`URL` of the onboarding API, instead of SPOKE_API_URL"},
		&cli.StringFlag{Name: "api-key", Usage: "its `KEY`, instead of SPOKE_API_KEY, which other users of this machine cannot read"},
	}
}

// withAPI gives a command the API: the one that flags or environment name or, where only a database is named, one within
// this process over that database.
func withAPI(action func(context.Context, *cli.Command, *shellAPI) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if err := checkArguments(c); err != nil {
			return err
		}
		where, key := c.String("api-url"), c.String("api-key")
		if where == "" {
			where = os.Getenv("SPOKE_API_URL")
		}
		if key == "" {
			key = os.Getenv("SPOKE_API_KEY")
		}
		switch {
		case where == "" && os.Getenv("SPOKE_DATABASE_URL") == "":
			return usage("SPOKE_API_URL is not set: name the onboarding API, such as https://api.askspoke.com, and its key in SPOKE_API_KEY. " +
				"On a machine that reaches the database, the environment of spoke serve does as well")
		case where == "":
			return runHere(ctx, c, action)
		case key == "":
			return usage("SPOKE_API_KEY is not set: spoke operator key create makes a key, on a machine that reaches the database")
		}
		if err := checkAPIURL(where); err != nil {
			return err
		}
		api, err := newAPI(where, key)
		if err != nil {
			return err
		}
		return explainNotFound(c, action(ctx, c, api))
	}
}

// checkAPIURL refuses a URL that a key must not be sent to. It is not shown: it may have a password.
func checkAPIURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return usage("SPOKE_API_URL cannot be read as the URL of an API, such as https://api.askspoke.com")
	case u.Scheme == "http" && !isLocal(u.Hostname()) && !localName(u.Hostname()):
		return usage("SPOKE_API_URL is http: the API key would cross the network in the clear. Use https; http is for this machine alone")
	}
	return nil
}

// localName tells whether a name is this machine's by definition (RFC 6761 section 6.3), whatever a resolver knows.
func localName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// newAPI returns the API at a URL, called with a credential.
func newAPI(where, credential string) (*shellAPI, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	dial, proxy := transport.DialContext, transport.Proxy
	transport.MaxIdleConnsPerHost = createAtOnce
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && localName(host) {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return dial(ctx, network, address)
	}
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		if localName(r.URL.Hostname()) {
			return nil, nil
		}
		return proxy(r)
	}
	edit := client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+credential)
		r.Header.Set("User-Agent", "spoke/"+version)
		if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
			r.Header.Set("Idempotency-Key", uuid.NewString())
		}
		return nil
	})
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the key is for this host alone
	stream := &http.Client{Transport: transport, CheckRedirect: stay}
	short := &http.Client{Transport: transport, CheckRedirect: stay, Timeout: callTimeout}
	calls, err := client.NewClient(where, edit, client.WithHTTPClient(newPatient(short)))
	streams, streamErr := client.NewClient(where, edit, client.WithHTTPClient(stream))
	if err = errors.Join(err, streamErr); err != nil {
		return nil, usage("SPOKE_API_URL cannot be used: %w", err)
	}
	return &shellAPI{calls, streams}, nil
}
