package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say where the provider is and how to speak to it.
type Options struct {
	// URL is the base URI of the provider's endpoints: "https://acme.example.com/scim/v2".
	URL string
	// Token is sent as a bearer token; "" sends none.
	Token string
	// Header is added to each request. "Host" is the host that the provider reads, whatever the URL leads to.
	Header http.Header
	// Client sends the requests. nil is a client that waits for 30 seconds, and finds names below localhost here.
	Client *http.Client
	// Profile is Auto when empty.
	Profile Profile
}

// Session is a provider as a client knows it. It does not change, and its checks may be played at once.
type Session struct {
	base    *url.URL
	token   string
	header  http.Header
	client  *http.Client
	profile Profile
	id      string // in every name that the session makes

	config  object             // ServiceProviderConfig
	types   []object           // of /ResourceTypes
	schemas map[string]object  // of /Schemas, by id
	missing map[Feature]string // features that are not offered, and how that is known
}

// Connect reads what the provider says of itself. It fails where that cannot be read: there is nothing to check then.
func Connect(ctx context.Context, o Options) (*Session, error) {
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil {
		return nil, fmt.Errorf("read the base URL: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" {
		return nil, fmt.Errorf("the base URL %q is no http or https URL without a query", o.URL)
	}
	s := &Session{
		base: base, token: o.Token, header: o.Header, profile: o.Profile, id: strings.ToLower(rand.Text()[:10]),
		schemas: make(map[string]object),
	}
	switch s.profile {
	case Auto, Strict:
	case "":
		s.profile = Auto
	default:
		return nil, fmt.Errorf("there is no profile %q", o.Profile)
	}
	client := http.Client{Timeout: 30 * time.Second}
	if o.Client != nil {
		client = *o.Client
	} else {
		client.Transport = localTransport()
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.client = &client
	return s, s.discover(ctx)
}

// discover reads the documents of RFC 7644 section 4 and finds out what is not offered.
func (s *Session) discover(ctx context.Context) error {
	result := s.play(ctx, Check{Name: "discover", Run: func(t *Trial) {
		s.config = t.get("/ServiceProviderConfig").is(http.StatusOK).object()
		if a := t.get("/ResourceTypes"); a.status == http.StatusOK {
			s.types = a.list().Resources
		}
		if a := t.get("/Schemas"); a.status == http.StatusOK {
			for _, item := range a.list().Resources {
				s.schemas[strings.ToLower(text(item["id"]))] = item
			}
		}
		s.missing = t.probe()
	}})
	if result.Outcome != Passed {
		return fmt.Errorf("discover %s: %s", s.base.Redacted(), result.Detail)
	}
	return nil
}
