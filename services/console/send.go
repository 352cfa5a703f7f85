package console

import (
	"context"

	"github.com/askspoke/spoke/services/console/letter"
	"github.com/askspoke/spoke/tenancy/admin"
)

// mail gives a letter to the outbox.
func (s *Server) mail(ctx context.Context, l letter.Letter) error {
	m, err := l.Mail()
	if err != nil {
		return err
	}
	return s.Outbox.Enqueue(ctx, m)
}

// letterTo returns the letter to an administrator, as far as the tenant and the host make it.
func (s *Server) letterTo(x *exchange, a admin.Administrator) letter.Letter {
	return letter.Letter{Tenant: x.tenant.ID, To: a.Email, Name: x.tenantName(), Host: x.host, URL: s.config.Origin(x.host) + signInPath + "/link/"}
}
