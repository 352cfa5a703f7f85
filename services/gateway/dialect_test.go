package gateway_test

import (
	"testing"

	"github.com/askspoke/spoke/scim/scimtest/dialect"
	"github.com/askspoke/spoke/services/gateway"
)

// target is the tenant's base URI and its token, for what plays at any SCIM service provider.
func (c *client) target() dialect.Target {
	return dialect.Target{
		URL: "http://" + c.host + gateway.BasePath, Base: "https://" + c.host + gateway.BasePath, Token: c.secret, Transport: c.server.http,
	}
}

// TestDialects plays what each identity provider sends, each at a tenant of its own.
func TestDialects(t *testing.T) {
	t.Parallel()
	transcripts, err := dialect.All()
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, len(transcripts))
	for i, tr := range transcripts {
		t.Run(tr.Name, func(t *testing.T) {
			t.Parallel()
			dialect.Play(t, s.client(t, i).target(), tr)
		})
	}
}
