package saml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrUnavailable says that metadata could not be fetched. What it wraps is for logs: it tells of networks.
var ErrUnavailable = errors.New("the metadata could not be fetched")

// Fetch returns what ParseMetadata does for the metadata at an address. It follows no redirect. Errors: *ConfigError for the
// address, *MetadataError, ErrUnavailable.
func (s *Store) Fetch(ctx context.Context, address string) (Config, error) {
	if len(address) > maxText {
		return Config{}, &ConfigError{"metadata_url", fmt.Sprintf("is longer than %d bytes", maxText)}
	}
	if reason := checkURL(address, s.config.PrivateProviders); reason != "" {
		return Config{}, &ConfigError{"metadata_url", reason}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return Config{}, &ConfigError{"metadata_url", "cannot be asked"}
	}
	request.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.1")
	response, err := s.config.Client.Do(request)
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
	return s.ParseMetadata(text)
}
