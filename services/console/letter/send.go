package letter

import (
	"context"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/outbox"
)

// Send gives the letter to the outbox.
func (l Letter) Send(ctx context.Context, to *outbox.Store) error {
	m, err := l.Mail()
	if err != nil {
		return err
	}
	return to.Enqueue(ctx, m)
}

// To returns the letter to an administrator, as far as the tenant and the host make it.
func To(x *web.Exchange, a admin.Administrator) Letter {
	return Letter{Tenant: x.Tenant.ID, To: a.Email, Name: x.TenantName(), Host: x.Host, URL: x.Origin() + place.SignIn + "/link/"}
}
