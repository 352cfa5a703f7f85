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

// To returns the letter to an administrator, as far as the tenant makes it. It leads to the tenant's own host, at whichever it
// was asked for.
func To(x *web.Exchange, a admin.Administrator) Letter {
	host, origin := x.Home()
	return Letter{Tenant: x.Tenant.ID, To: a.Email, Name: x.TenantName(), Host: host, URL: origin + place.SignIn + "/link/"}
}
