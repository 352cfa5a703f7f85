package console

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/hostname"
	"github.com/askspoke/spoke/tenancy/operator"
)

func (s *Server) hostRoutes() []route {
	return []route{
		get(hostsPath, viewer.or(operator.ForHost), s.hosts),
		post(hostsPath, editor.or(operator.ForHost), "claimHost", s.claimHost),
		post(hostsPath+"/verify", editor.or(operator.ForHost), "verifyHost", s.verifyHost),
		post(hostsPath+"/remove", editor.or(operator.ForHost), "removeHost", s.removeHost),
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
func (s *Server) hosts(x *exchange) error {
	page, err := s.hostList(x)
	if err != nil {
		return err
	}
	return x.show("hosts", page)
}

func (s *Server) hostList(x *exchange) (page hostsPage, err error) {
	page = hostsPage{Own: s.config.Host(x.tenant.Slug), URL: s.config.TenantURL(x.tenant.Slug), Most: hostclaim.MaxHosts}
	list, err := s.Hosts.List(x.context(), x.tenant.ID)
	if err != nil {
		return page, err
	}
	for _, h := range list {
		row := hostRow{Name: h.Name, State: "claimed", Record: h.Record, Value: h.Value, VerifiedAt: h.VerifiedAt, ExpiresAt: h.ExpiresAt, URL: s.config.Origin(h.Name) + "/scim/v2"}
		switch {
		case !h.VerifiedAt.IsZero():
			row.State = "verified"
		case !x.now().Before(h.ExpiresAt):
			row.State = "expired"
		}
		if row.Own, err = x.mayRevoke(x.hostID(h.Name)); err != nil {
			return page, err
		}
		page.List = append(page.List, row)
	}
	return page, nil
}

// claimHost adds a host, which is not the tenant's until its record is found.
func (s *Server) claimHost(x *exchange) error {
	asked := x.PostForm("host")
	before, err := s.Hosts.List(x.context(), x.tenant.ID)
	if err != nil {
		return err
	}
	h, err := s.Hosts.Claim(x.context(), x.tenant.ID, asked)
	if err == nil && !slices.ContainsFunc(before, func(b hostclaim.Host) bool { return b.Name == h.Name }) {
		x.resource = x.hostID(h.Name)
	}
	if err == nil && !h.VerifiedAt.IsZero() {
		return x.seeOther(hostsPath, done("%s is yours already.", h.Name))
	}
	if err == nil {
		return x.seeOther(hostsPath, done("Publish the TXT record of %s, then check it here.", h.Name))
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
	return x.showAgain("hosts", page)
}

// verifyHost looks the record up.
func (s *Server) verifyHost(x *exchange) error {
	h, err := s.Hosts.Verify(x.context(), x.tenant.ID, x.PostForm("host"))
	var record *hostclaim.RecordError
	switch {
	case err == nil:
		return x.seeOther(hostsPath, done("%s is yours. SCIM answers there from now on; its certificate and its address in the DNS are set up by whoever runs the network.", h.Name))
	case errors.As(err, &record):
		return x.seeOther(hostsPath, notice{"warning", recordText(record)})
	case errors.Is(err, hostclaim.ErrExpired):
		return x.seeOther(hostsPath, notice{"warning", "The record was to be published within a week, and that is over. Add the host again, and publish the new value."})
	case errors.Is(err, tenancy.ErrHostTaken):
		return x.seeOther(hostsPath, notice{"problem", "Somebody else has verified this host meanwhile. If it is yours, remove the record that they published in your DNS and ask whoever runs Spoke for you."})
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
func (s *Server) removeHost(x *exchange) error {
	host := strings.TrimSpace(x.PostForm("host"))
	if strings.EqualFold(host, x.host) {
		return refuse(http.StatusConflict, "You are at this host", "Without it, this page would be nobody's. Sign in at %s and remove it there.", s.config.Host(x.tenant.Slug)).
			at(s.config.Origin(s.config.Host(x.tenant.Slug))+hostsPath, "Go there")
	}
	// A guest's host is looked for as Remove does it.
	name, err := hostname.Normalize(host)
	if err != nil {
		name = host
	}
	if err := x.mustRevoke(x.hostID(name), hostsPath); err != nil {
		return err
	}
	err = s.Hosts.Remove(x.context(), x.tenant.ID, host)
	if errors.Is(err, tenancy.ErrHostNotFound) { // the form was sent twice
		return x.seeOther(hostsPath, notice{"warning", "There is no such host any more."})
	}
	if err != nil {
		return hostRefusal(err)
	}
	return x.seeOther(hostsPath, done("The host is removed. Who still sends there gets no answer."))
}

// hostRefusal explains what is the same for all changes of hosts.
func hostRefusal(err error) error {
	if errors.Is(err, tenancy.ErrHostNotFound) {
		return refuse(http.StatusNotFound, "There is no such host", "It may have been removed meanwhile.").because(err).at(hostsPath, "To the hosts")
	}
	return unsettled(err)
}

// unsettled explains that a tenant cannot be changed that comes into being or goes. Other errors stay.
func unsettled(err error) error {
	var state *tenancy.StateError
	if !errors.As(err, &state) {
		return err
	}
	return refuse(http.StatusConflict, "Nothing can be changed just now", "This tenant is being set up, brought from elsewhere or deleted. Whoever runs Spoke for you can tell.").because(err)
}
