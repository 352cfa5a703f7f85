package integration_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/console/consoletest"
	"github.com/askspoke/spoke/services/console/integration"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
)

// A rotation with proof of use: the page waits, then says when and from where the new token was used, and completes.
func TestRotate(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	old := b.Enable(t, "entra")
	w.Uses(t, old)
	id := w.TokenList(t)[0].ID
	path := integration.TokensPath + "/" + id
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "Rotate the token", "in use", "192.0.2.7")
	made := b.Post(t, path+"/rotation", nil).Is(t, http.StatusOK).Has(t, "Here is the new token", "is valid until your provider has used the new one")
	fresh := consoletest.SecretOf(t, made)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "Waiting for the first use of the new token", "Complete without proof")
	events := b.Stream(t, integration.RotationLivePath+id)
	events.Shows(t, "Waiting for the first use of the new token", "Complete without proof")
	if b.Get(t, path).Header.Get("Set-Cookie") == "" {
		t.Error("a page is no sign of life")
	}
	// Sent twice: no third token, and the one that was shown stays good.
	b.Post(t, path+"/rotation", nil).Is(t, http.StatusConflict).Has(t, "being rotated already", "cancel the rotation")
	b.Post(t, path+"/rotation/complete", nil).Is(t, http.StatusConflict).Has(t, "The new token was not used yet")
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "being replaced", "the new one")
	w.Uses(t, old)

	w.Uses(t, fresh)
	events.Shows(t, "was used", "from 192.0.2.7", "the old one can go", "Complete: revoke the old token")
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "was used", "from 192.0.2.7", "the old one can go", "Complete")
	b.Get(t, integration.TokensPath+"/"+w.TokenList(t)[1].ID).Is(t, http.StatusOK).Has(t, "the old one can go")
	done := b.Post(t, path+"/rotation/complete", nil).Is(t, http.StatusSeeOther)
	b.Get(t, done.Header.Get("Location")).Is(t, http.StatusOK).Has(t, "The rotation is complete", "Rotate the token")
	b.Post(t, path+"/rotation/complete", nil).Is(t, http.StatusSeeOther) // it stays so
	if _, err := w.Tokens.Verify(t.Context(), w.Acme.ID, old, w.TokenList(t)[0].LastUsedFrom); err == nil {
		t.Error("the old token is accepted")
	}
	w.Uses(t, fresh)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "revoked")
	b.Post(t, path+"/rotation", nil).Is(t, http.StatusConflict).Has(t, "revoked or has expired")
	if calls := w.Audit(t, "completeRotation"); len(calls) != 3 || calls[0].Resource != id {
		t.Errorf("the audit log has %+v", calls)
	}
}

// What is streamed of a rotation is for who may see the token, and offers what he may do: also when that changes meanwhile.
func TestRotationIsStreamedToWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Enable(t, "entra")
	id := w.TokenList(t)[0].ID
	path := integration.RotationLivePath + id
	b.Stream(t, path).Shows(t) // it is in no rotation yet
	fresh := consoletest.SecretOf(t, b.Post(t, integration.TokensPath+"/"+id+"/rotation", nil).Is(t, http.StatusOK))

	b.Stream(t, path).Shows(t, "Waiting for the first use", "Complete without proof", "Cancel the rotation")
	guest := w.WithLink(t, operator.ForProvisioning)
	guest.Stream(t, path).Shows(t, "Waiting for the first use", "An administrator completes the rotation")
	look := w.As(t, admin.Viewer).Stream(t, path).Shows(t, "Waiting for the first use")
	for _, button := range []string{"Complete", "Cancel", "/rotation/"} {
		if strings.Contains(look, button) {
			t.Errorf("a viewer is offered what he may not do: %s", look)
		}
	}
	w.Stranger(t).Refused(t, path, http.StatusUnauthorized)
	w.WithLink(t, operator.ForSignOn).Refused(t, path, http.StatusForbidden)
	w.AsAt(t, w.Globex, admin.Owner).Refused(t, path, http.StatusNotFound)
	b.Refused(t, integration.RotationLivePath+uuid.NewString(), http.StatusNotFound)
	b.Refused(t, integration.RotationLivePath+id+".may.old", http.StatusNotFound)

	watched := b.Stream(t, path)
	watched.Shows(t, "Complete without proof")
	a, err := w.Admins.ByEmail(t.Context(), w.Acme.ID, "admin@acme.example")
	consoletest.Must(t, err)
	_, err = w.Admins.SetRole(t.Context(), w.Acme.ID, a.ID, admin.Viewer)
	consoletest.Must(t, err)
	if last := watched.End(); strings.Contains(last, "ended") {
		t.Errorf("who may see the token is sent away: %s", last)
	}
	again := b.Stream(t, path)
	if shown := again.Shows(t, "Waiting for the first use"); strings.Contains(shown, "Complete") {
		t.Errorf("who is a viewer now is offered what he may not do: %s", shown)
	}
	w.Uses(t, fresh)
	again.Shows(t, "the old one can go")
}

// Who insists completes without proof; who cancels keeps the old token.
func TestRotationWithoutProof(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	old := b.Enable(t, "entra")
	path := integration.TokensPath + "/" + w.TokenList(t)[0].ID
	b.Post(t, path+"/rotation/cancel", nil).Is(t, http.StatusConflict).Has(t, "There is no rotation to end")
	first := consoletest.SecretOf(t, b.Post(t, path+"/rotation", nil))
	b.Post(t, path+"/rotation/cancel", nil).Is(t, http.StatusSeeOther)
	if _, err := w.Tokens.Verify(t.Context(), w.Acme.ID, first, w.TokenList(t)[0].LastUsedFrom); err == nil {
		t.Error("the cancelled token is accepted")
	}
	w.Uses(t, old)
	second := consoletest.SecretOf(t, b.Post(t, path+"/rotation", nil).Is(t, http.StatusOK))
	b.Post(t, path+"/rotation/complete", url.Values{"insist": {"yes"}}).Is(t, http.StatusSeeOther)
	w.Uses(t, second)
	for _, id := range []string{"x", uuid.NewString(), "00000000-0000-0000-0000-000000000000", "%00"} {
		b.Get(t, integration.TokensPath+"/"+id).Is(t, http.StatusNotFound)
		b.Post(t, integration.TokensPath+"/"+id+"/rotation/complete", nil).Is(t, http.StatusNotFound)
	}
}

// The new token lives as long as the old one was to live.
func TestRotationKeepsTheLifetime(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	b.Post(t, integration.TokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "expires": {"90"}}).Is(t, http.StatusOK).Has(t, "It expires")
	w.Clock.Pass(time.Hour)
	b.Post(t, integration.TokensPath+"/"+w.TokenList(t)[0].ID+"/rotation", nil).Is(t, http.StatusOK)
	list := w.TokenList(t)
	if got := list[1].ExpiresAt.Sub(list[0].ExpiresAt).Round(time.Minute); got != time.Hour {
		t.Errorf("the new one expires %s after the old one", got)
	}
}

// A token that has expired enables nothing, and cannot be rotated.
func TestExpired(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	_, made, err := w.Tokens.Mint(t.Context(), w.Acme.ID, "Okta", w.Clock.Now().Add(30*time.Minute))
	consoletest.Must(t, err)
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "Enabled", "not used yet")
	w.Clock.Pass(time.Hour)
	b.Get(t, integration.TokensPath+"/"+made.ID).Is(t, http.StatusOK).Has(t, "expired")
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "Not connected", "Enable SCIM")
	b.Post(t, integration.TokensPath+"/"+made.ID+"/rotation", nil).Is(t, http.StatusConflict).Has(t, "revoked or has expired")
}

// The confirmation names what stops working, and the token is worthless at once.
func TestRevoke(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	secret := b.Enable(t, "entra")
	w.Uses(t, secret)
	made := w.TokenList(t)[0]
	path := integration.TokensPath + "/" + made.ID
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "Revoke this token?", "ending in "+made.Hint, "from 192.0.2.7", "It is the only one of Acme Inc.", "cannot be undone")
	b.Post(t, integration.TokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "access": {"users"}}).Is(t, http.StatusOK)
	b.Get(t, path).Is(t, http.StatusOK).Has(t, "1 other token or client")
	b.Post(t, path+"/revoke", nil).Is(t, http.StatusSeeOther)
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "is revoked. Whoever shows it is refused.", "Enabled", "users")
	b.Post(t, path+"/revoke", nil).Is(t, http.StatusSeeOther) // it stays so
	if _, err := w.Tokens.Verify(t.Context(), w.Acme.ID, secret, made.LastUsedFrom); err == nil {
		t.Error("the token is accepted")
	}
	b.Post(t, integration.TokensPath+"/"+uuid.NewString()+"/revoke", nil).Is(t, http.StatusNotFound)
}

// As many tokens as the plan lets a tenant have: the page says so and what to do. A rotation needs no room.
func TestTokenLimit(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Admin)
	for range 10 {
		b.Enable(t, "okta")
	}
	form := url.Values{"once": {uuid.NewString()}, "provider": {"entra"}}
	b.Post(t, integration.TokensPath, form).Is(t, http.StatusConflict).Has(t, "as many tokens as your plan lets you have", "rotate it")
	id := w.TokenList(t)[0].ID
	b.Post(t, integration.TokensPath+"/"+id+"/rotation", nil).Is(t, http.StatusOK)
	b.Post(t, integration.TokensPath+"/"+id+"/rotation/complete", url.Values{"insist": {"yes"}}).Is(t, http.StatusSeeOther)
	b.Post(t, integration.TokensPath+"/"+w.TokenList(t)[1].ID+"/revoke", nil).Is(t, http.StatusSeeOther)
	b.Post(t, integration.TokensPath, form).Is(t, http.StatusOK) // the same form, for which there is room now
}

// A tenant that is suspended makes no credentials and may revoke them; one that is being deleted has no pages.
func TestSuspended(t *testing.T) {
	t.Parallel()
	w := consoletest.NewWorld(t)
	b := w.As(t, admin.Owner)
	b.Enable(t, "okta")
	id := w.TokenList(t)[0].ID
	w.InState(t, tenancy.StateSuspended)
	b.Get(t, integration.ScimPath).Is(t, http.StatusOK).Has(t, "This tenant is suspended")
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	for _, path := range []string{integration.TokensPath, integration.TokensPath + "/" + id + "/rotation", integration.ClientsPath} {
		b.Post(t, path, form).Is(t, http.StatusConflict).Has(t, "This tenant is suspended")
	}
	b.Get(t, integration.PanelPath).Is(t, http.StatusOK).Has(t, "every request is refused")
	b.Post(t, integration.TokensPath+"/"+id+"/revoke", nil).Is(t, http.StatusSeeOther)
	if n := len(w.TokenList(t)); n != 1 {
		t.Errorf("%d tokens", n)
	}
}
