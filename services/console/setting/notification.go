package setting

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/outbox"
)

func (s *Pages) notificationRoutes() []web.Route {
	return []web.Route{
		web.Get(notificationsPath, web.Viewers, s.notifications),
		web.Post(notificationsPath, web.Editors, "updateTenant", s.addNotification),
		web.Post(notificationsPath+"/remove", web.Editors, "updateTenant", s.removeNotification),
		web.Post(notificationsPath+"/test", web.Editors, "testNotification", s.testNotification),
	}
}

const notificationsPath = "/settings/notifications"

// notificationsPage is who is told by mail.
type notificationsPage struct {
	List  []string
	Most  int
	Mails bool // the installation sends mail
	Asked string
	Error string
}

func (s *Pages) notificationList(x *web.Exchange) (notificationsPage, error) {
	t, err := s.fresh(x)
	return notificationsPage{List: t.Settings.Notify, Most: tenancy.MaxNotify, Mails: s.Outbox != nil}, err
}

// notifications is the page.
func (s *Pages) notifications(x *web.Exchange) error {
	page, err := s.notificationList(x)
	if err != nil {
		return err
	}
	return x.Show("notifications", page)
}

// changeAttempts is how often a change of the list is made from what another one has just left.
const changeAttempts = 5

// changeNotify changes the list of addresses, from what it is at that moment. change returns false where there is nothing to
// do.
func (s *Pages) changeNotify(x *web.Exchange, change func([]string) ([]string, bool)) (changed bool, err error) {
	for range changeAttempts {
		t, err := s.fresh(x)
		if err != nil {
			return false, err
		}
		list, ok := change(slices.Clone(t.Settings.Notify))
		if !ok {
			return false, nil
		}
		_, err = s.Tenants.Update(x.Context(), t.ID, t.Version, lifecycle.Change{Notify: &list})
		if !errors.Is(err, tenancy.ErrVersion) {
			return err == nil, unsettled(err)
		}
	}
	return false, errChanging
}

var errChanging = web.Refuse(http.StatusConflict, "The settings are being changed", "Others changed the settings at the same moment, again and again. Nothing of yours was saved. Try it again.").
	At(notificationsPath, "Back to the notifications")

func sameAddress(address string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(other, address) }
}

// addNotification has an address told.
func (s *Pages) addNotification(x *web.Exchange) error {
	address := strings.TrimSpace(x.PostForm("email"))
	changed, err := s.changeNotify(x, func(list []string) ([]string, bool) {
		return append(list, address), !slices.ContainsFunc(list, sameAddress(address))
	})
	var wrong *tenancy.SettingError
	switch {
	case errors.As(err, &wrong):
		page, err := s.notificationList(x)
		if err != nil {
			return err
		}
		page.Asked, page.Error = address, wrong.Reason+"."
		if len(page.List) >= tenancy.MaxNotify {
			page.Error = fmt.Sprintf("%d addresses are the most. Remove one first.", tenancy.MaxNotify)
		}
		return x.ShowAgain("notifications", page)
	case err != nil:
		return err
	case !changed:
		return x.SeeOther(notificationsPath, web.Done("%s is told already.", address))
	}
	return x.SeeOther(notificationsPath, web.Done("%s is told from now on.", address))
}

// removeNotification has an address no longer told.
func (s *Pages) removeNotification(x *web.Exchange) error {
	address := strings.TrimSpace(x.PostForm("email"))
	_, err := s.changeNotify(x, func(list []string) ([]string, bool) {
		left := slices.DeleteFunc(slices.Clone(list), sameAddress(address))
		return left, len(left) != len(list)
	})
	if err != nil {
		return err
	}
	return x.SeeOther(notificationsPath, web.Done("%s is not told any more.", address))
}

// testGap is how seldom an address gets a test mail, so that nobody is plagued from here.
const testGap = time.Hour

// testNotification sends a mail to an address of the list, at most one in testGap.
func (s *Pages) testNotification(x *web.Exchange) error {
	if s.Outbox == nil {
		return web.Refuse(http.StatusConflict, "This installation sends no mail", "Whoever runs Spoke can set a mail server up.").At(notificationsPath, "Back to the notifications")
	}
	page, err := s.notificationList(x)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(page.List, sameAddress(strings.TrimSpace(x.PostForm("email"))))
	if at < 0 {
		return web.Refuse(http.StatusNotFound, "This address is not in the list", "A test goes only to an address in the list. This one may have been removed meanwhile.").At(notificationsPath, "Back to the notifications")
	}
	address, now := page.List[at], x.Now().UTC()
	_, home := x.Home()
	err = s.Outbox.Enqueue(x.Context(), outbox.Mail{
		Key:    "test/" + string(x.Tenant.ID) + "/" + now.Truncate(testGap).Format(time.RFC3339),
		Tenant: x.Tenant.ID, To: address, Subject: "Test: notifications of " + x.Tenant.Name,
		Text: fmt.Sprintf("This is a test. When the provisioning of %[1]s goes wrong, you are told at this address.\n\n"+
			"%[2]s asked for it at %[3]s.\n\nSee or change who is told: %[4]s\n",
			x.Tenant.Name, x.Viewer.Name, now.Format("15:04 UTC on 2 January 2006"), home+notificationsPath),
	})
	if err != nil {
		return err
	}
	return x.SeeOther(notificationsPath, web.Done("A test mail to %s is on its way. It is sent once an hour at most.", address))
}
