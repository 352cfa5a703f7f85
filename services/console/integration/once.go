package integration

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/guide"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
)

// A form that makes a credential has a number of its own. What it makes has an id that follows from it and from the tenant,
// so the same form makes it once, however often it is sent, and no form makes anything of another tenant.

var errFormOld = web.Refuse(http.StatusUnprocessableEntity, "The form did not arrive whole", "Nothing was made. Open the page anew and fill it in again.").
	At(scimPath, "To SCIM")

// formID returns the id of what the form makes.
func (s *Pages) formID(x *web.Exchange, kind string) (string, error) {
	once, err := uuid.Parse(x.PostForm("once"))
	if err != nil {
		return "", errFormOld.Because(err)
	}
	tenant, err := uuid.Parse(string(x.Tenant.ID))
	if err != nil {
		return "", err
	}
	return uuid.NewSHA1(tenant, []byte(kind+once.String())).String(), nil
}

// served refuses to make credentials of a tenant that nobody could use them at.
func (s *Pages) served(x *web.Exchange) error {
	if x.Tenant.State != tenancy.StateSuspended {
		return nil
	}
	return web.Refuse(http.StatusConflict, "This tenant is suspended", "Every request of its providers is refused, and no new credentials are made, until whoever runs Spoke for you resumes it.").
		At(scimPath, "To SCIM")
}

// chosen returns the guide that the form names.
func (s *Pages) chosen(x *web.Exchange) (guide.Guide, error) {
	g, ok := guide.Get(x.PostForm("provider"))
	if !ok {
		return guide.Guide{}, web.Refuse(http.StatusUnprocessableEntity, "Choose your identity provider", "Nothing was made. Choose one of the list, or Another provider.").
			At(scimPath, "To SCIM")
	}
	return g, nil
}
