package directory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// heldRetry is how long a client is told to wait for somebody to decide. Entra ID asks again in its next cycles anyway.
const heldRetry = time.Hour

// Guarded is a Store whose deletions, and updates that disable a user, the tenant's guard may hold: a *scim.Error of status
// 503 that wraps a *guard.HeldError, or of 403 that wraps a *guard.RejectedError. Nothing else is guarded: not what takes
// back a creation of the same request, no import, no purge of a tenant, and no memberships. In a rehearsal (journal.Rehearse) the
// error says what the guard would do, and it notes nothing.
type Guarded struct {
	Store
	limits tenancy.Guard
}

// Guarded returns the directory of a tenant with those settings, behind its guard.
func (d *Directory) Guarded(s tenantdb.Schema, settings tenancy.Settings) Guarded {
	return Guarded{Store: d.Store(s, settings.UniqueGroupNames), limits: settings.Guard}
}

// Delete is Store.Delete behind the guard.
func (g Guarded) Delete(ctx context.Context, t *schema.ResourceType, deletion provider.Deletion) error {
	remove := func() error { return g.Store.Delete(ctx, t, deletion) }
	if deletion.Undo || !isID(deletion.ID) {
		return remove()
	}
	return g.leave(ctx, t, deletion.ID, journal.ActionDelete, deletion.At, remove)
}

// Update is Store.Update, behind the guard where it disables a user, whatever else it changes.
func (g Guarded) Update(ctx context.Context, t *schema.ResourceType, update provider.Update, read provider.Read) (updated provider.Updated, err error) {
	change := func() error {
		updated, err = g.Store.Update(ctx, t, update, read)
		return err
	}
	if updateAction(update) != journal.ActionDisable || !isID(update.ID) {
		err = change()
		return updated, err
	}
	err = g.leave(ctx, t, update.ID, journal.ActionDisable, update.At, change)
	return updated, err
}

func (g Guarded) leave(ctx context.Context, t *schema.ResourceType, id string, action journal.Action, at time.Time, change func() error) error {
	attempt := guard.Attempt{ResourceType: t.Name, ResourceID: id, Action: action, At: at}
	err := g.guard.Do(ctx, g.schema, g.limits, attempt, change)
	var held *guard.HeldError
	var rejected *guard.RejectedError
	switch {
	case errors.As(err, &held):
		return &scim.Error{Status: http.StatusServiceUnavailable, Rule: scim.RuleGuardHeld, Detail: heldDetail(attempt, held.Hold), RetryAfter: heldRetry, Err: err}
	case errors.As(err, &rejected):
		return &scim.Error{Status: http.StatusForbidden, Rule: scim.RuleGuardRejected, Detail: rejectedDetail(attempt, rejected.Hold), Err: err}
	}
	return err
}

// heldDetail says what happened, and who can do something about it.
func heldDetail(a guard.Attempt, h guard.Hold) string {
	f := h.Found
	burst := fmt.Sprintf("%d users and groups within %s, and at most %d may be", f.Leavers, span(f.Guard.Window), f.Guard.Count)
	if f.Rule == guard.RulePercent {
		burst = fmt.Sprintf("%d of the %d %ss that were there, within %s, and at most %d %% may be", f.Resources, f.Directory, strings.ToLower(f.ResourceType), span(f.Guard.Window), f.Guard.Percent)
	}
	if h.ID == "" {
		return fmt.Sprintf("The guard against mass deletion would hold this (its rule is the %s): with it, a client would have deleted or disabled %s. All that came after it would be held as well, until the tenant's administrator or the operator of the service approves or rejects it.",
			f.Rule, burst)
	}
	return fmt.Sprintf("The guard against mass deletion does not let a client %s this %s now. At %s one was asked for that would have deleted or disabled %s. Since then all are held, and nothing of them was done. "+
		"If they are meant, the tenant's administrator, in the admin console, or the operator of the service, by the onboarding API, approves the hold %s; the identity provider then succeeds when it tries again. If not, they reject it, and the scope of the identity provider is to be corrected.",
		a.Action, a.ResourceType, h.Opened.Format(time.RFC3339), burst, h.ID)
}

func rejectedDetail(a guard.Attempt, h guard.Hold) string {
	return fmt.Sprintf("This %s stays: the deletion guard held it in a burst of deletions, and the tenant's administrator or the operator of the service rejected that (hold %s). Until %s no client can %s it, unless they approve the hold after all. Correct the scope of the identity provider, so that it does not ask for this again.",
		a.ResourceType, h.ID, h.Until.Format(time.RFC3339), a.Action)
}

// span writes a duration of whole seconds as people do: 1h, 90s as 1m30s.
func span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
