package setting

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
)

func (s *Pages) hostRoutes() []web.Route {
	return []web.Route{
		web.Get(hostsPath, web.Viewers.Or(operator.ForHost), s.hosts),
		web.Post(hostsPath, web.Editors.Or(operator.ForHost), "claimHost", s.claimHost),
		web.Post(hostsPath+"/verify", web.Editors.Or(operator.ForHost), "verifyHost", s.verifyHost),
		web.Post(hostsPath+"/remove", web.Editors.Or(operator.ForHost), "removeHost", s.removeHost),
	}
}

const hostsPath = "/settings/hosts"

// hostsPage are the tenant's own hosts.
type hostsPage struct {
	Own   string // the host below the base domain, which it always has
	URL   string // of its SCIM endpoint
	List  []hostRow
	Most  int
	Asked string // what the form had
	Error string // what is wrong with it
}

type hostRow struct {
	Name, State   string // verified, claimed or expired
	Record, Value string
	VerifiedAt    time.Time
	ExpiresAt     time.Time
	URL           string
	Own           bool // it may be removed
}

// hosts is the page.
func (s *Pages) hosts(x *web.Exchange) error {
	page, err := s.hostList(x)
	if err != nil {
		return err
	}
	return x.Show("hosts", page)
}

func (s *Pages) hostList(x *web.Exchange) (page hostsPage, err error) {
	page = hostsPage{Own: s.Host(x.Tenant.Slug), URL: s.TenantURL(x.Tenant.Slug), Most: hostclaim.MaxHosts}
	list, err := s.Hosts.List(x.Context(), x.Tenant.ID)
	if err != nil {
		return page, err
	}
	for _, h := range list {
		row := hostRow{Name: h.Name, State: "claimed", Record: h.Record, Value: h.Value, VerifiedAt: h.VerifiedAt, ExpiresAt: h.ExpiresAt, URL: s.Origin(h.Name) + "/scim/v2"}
		switch {
		case !h.VerifiedAt.IsZero():
			row.State = "verified"
		case !x.Now().Before(h.ExpiresAt):
			row.State = "expired"
		}
		if row.Own, err = x.MayRevoke(s.hostID(x, h.Name)); err != nil {
			return page, err
		}
		page.List = append(page.List, row)
	}
	return page, nil
}

// claimHost adds a host, which is not the tenant's until its record is found.
func (s *Pages) claimHost(x *web.Exchange) error {
	asked := x.PostForm("host")
	before, err := s.Hosts.List(x.Context(), x.Tenant.ID)
	if err != nil {
		return err
	}
	h, err := s.Hosts.Claim(x.Context(), x.Tenant.ID, asked)
	if err == nil && !slices.ContainsFunc(before, func(b hostclaim.Host) bool { return b.Name == h.Name }) {
		x.Resource = s.hostID(x, h.Name)
	}
	if err == nil && !h.VerifiedAt.IsZero() {
		return x.SeeOther(hostsPath, web.Done("%s is yours already.", h.Name))
	}
	if err == nil {
		return x.SeeOther(hostsPath, web.Done("Publish the TXT record of %s, then check it here.", h.Name))
	}
	var wrong *tenancy.HostError
	var text string
	switch {
	case errors.As(err, &wrong):
		text = "The host " + wrong.Reason + "."
	case errors.Is(err, tenancy.ErrHostTaken):
		text = "Somebody else has verified this host."
	case errors.Is(err, tenancy.ErrHostLimit):
		text = fmt.Sprintf("You have as many hosts as there can be, %d. Remove one first.", hostclaim.MaxHosts)
	default:
		return hostRefusal(err)
	}
	page, err := s.hostList(x)
	if err != nil {
		return err
	}
	page.Asked, page.Error = asked, text
	return x.ShowAgain("hosts", page)
}

// verifyHost looks the record up.
func (s *Pages) verifyHost(x *web.Exchange) error {
	h, err := s.Hosts.Verify(x.Context(), x.Tenant.ID, x.PostForm("host"))
	var record *hostclaim.RecordError
	switch {
	case err == nil:
		return x.SeeOther(hostsPath, web.Done("%s is yours. SCIM answers there from now on; its certificate and its address in the DNS are set up by whoever runs the network.", h.Name))
	case errors.As(err, &record):
		return x.SeeOther(hostsPath, web.Warning(recordText(record)))
	case errors.Is(err, hostclaim.ErrExpired):
		return x.SeeOther(hostsPath, web.Warning("The record was to be published within a week, and that is over. Add the host again, and publish the new value."))
	case errors.Is(err, tenancy.ErrHostTaken):
		return x.SeeOther(hostsPath, web.Problem("Somebody else has verified this host meanwhile. If it is yours, remove the record that they published in your DNS and ask whoever runs Spoke for you."))
	}
	return hostRefusal(err)
}

// recordText says what is wrong with a TXT record and what to do.
func recordText(e *hostclaim.RecordError) string {
	switch {
	case errors.Is(e, hostclaim.ErrRecordMissing):
		return "The TXT record " + e.Record + " is not there yet. The DNS can take an hour to show a new record. Check again later."
	case errors.Is(e, hostclaim.ErrRecordDiffers):
		text := "The TXT record " + e.Record + " has another value"
		for i, found := range e.Found {
			text += map[bool]string{true: ": ", false: ", "}[i == 0] + "“" + found + "”"
		}
		return text + ". Publish the value that is shown below, and nothing else in it."
	}
	return "The DNS did not answer for " + e.Record + ". Check again in a minute."
}

// removeHost takes a host away, or a claim.
func (s *Pages) removeHost(x *web.Exchange) error {
	host := strings.TrimSpace(x.PostForm("host"))
	if strings.EqualFold(host, x.Host) {
		return web.Refuse(http.StatusConflict, "You are at this host", "Without it, this page would be nobody's. Sign in at %s and remove it there.", s.Host(x.Tenant.Slug)).
			At(s.Origin(s.Host(x.Tenant.Slug))+hostsPath, "Go there")
	}
	// A guest's host is looked for as Remove does it.
	name, err := hostname.Normalize(host)
	if err != nil {
		name = host
	}
	if err := x.MustRevoke(s.hostID(x, name), hostsPath); err != nil {
		return err
	}
	err = s.Hosts.Remove(x.Context(), x.Tenant.ID, host)
	if errors.Is(err, tenancy.ErrHostNotFound) { // the form was sent twice
		return x.SeeOther(hostsPath, web.Warning("There is no such host any more."))
	}
	if err != nil {
		return hostRefusal(err)
	}
	return x.SeeOther(hostsPath, web.Done("The host is removed. Who still sends there gets no answer."))
}

// hostRefusal explains what is the same for all changes of hosts.
func hostRefusal(err error) error {
	if errors.Is(err, tenancy.ErrHostNotFound) {
		return web.Refuse(http.StatusNotFound, "There is no such host", "It may have been removed meanwhile.").Because(err).At(hostsPath, "To the hosts")
	}
	return unsettled(err)
}

// unsettled explains that a tenant cannot be changed that comes into being or goes. Other errors stay.
func unsettled(err error) error {
	var state *tenancy.StateError
	if !errors.As(err, &state) {
		return err
	}
	return web.Refuse(http.StatusConflict, "Nothing can be changed just now", "This tenant is being set up, brought from elsewhere or deleted. Whoever runs Spoke for you can tell.").Because(err)
}

// hostID is what the audit log calls a host of the tenant's, which has no id.
func (s *Pages) hostID(x *web.Exchange, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(string(x.Tenant.ID)+" "+name)).String()
}
