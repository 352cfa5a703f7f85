package saml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/askspoke/spoke/tenancy/issuer"
)

// ErrUnavailable says that metadata could not be fetched. What it wraps is for logs: it tells of networks.
var ErrUnavailable = errors.New("the metadata could not be fetched")

// Fetcher reads identity providers' metadata where they publish it. It is safe for concurrent use.
type Fetcher struct {
	client *http.Client
	own    bool
}

// NewFetcher returns a Fetcher. own is as in Config.Check; without it, only public addresses are asked, over https.
func NewFetcher(own bool) *Fetcher { return &Fetcher{client: issuer.Client(own), own: own} }

// Fetch returns what ParseMetadata does for the metadata at an address. It follows no redirect. Errors: *ConfigError for the
// address, *MetadataError, ErrUnavailable.
func (f *Fetcher) Fetch(ctx context.Context, address string) (Config, error) {
	if len(address) > maxText {
		return Config{}, &ConfigError{"metadata_url", fmt.Sprintf("is longer than %d bytes", maxText)}
	}
	if reason := checkURL(address, f.own); reason != "" {
		return Config{}, &ConfigError{"metadata_url", reason}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return Config{}, &ConfigError{"metadata_url", "cannot be asked"}
	}
	request.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.1")
	response, err := f.client.Do(request)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return Config{}, fmt.Errorf("%w: status %d", ErrUnavailable, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, MaxMetadata+1))
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return ParseMetadata(text, f.own)
}
