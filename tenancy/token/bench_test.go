package token_test

import (
	"testing"
	"time"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy/token"
)

// BenchmarkVerify verifies a remembered token, as every request does.
func BenchmarkVerify(b *testing.B) {
	db, tenants := pgtest.Tenants(b, 1)
	s, err := token.New(token.Config{DB: db, Key: key})
	if err != nil {
		b.Fatal(err)
	}
	secret, _, err := s.Mint(b.Context(), tenants[0].ID, "Entra", time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Verify(b.Context(), tenants[0].ID, secret.Reveal(), loopback); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
