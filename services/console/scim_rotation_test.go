package console

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// A rotation with proof of use: the page waits, then says when and from where the new token was used, and completes.
func TestRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	old := b.enable(t, "entra")
	w.uses(t, old)
	id := w.tokens(t)[0].ID
	path := tokensPath + "/" + id
	b.get(t, path).is(t, http.StatusOK).has(t, "Rotate the token", "in use", "192.0.2.7")
	made := b.post(t, path+"/rotation", nil).is(t, http.StatusOK).has(t, "Here is the new token", "is valid until your provider has used the new one")
	fresh := secretOf(t, made)
	waits := b.fragment(t, path).is(t, http.StatusOK).has(t, "Waiting for the first use of the new token", "Complete without proof")
	if !strings.Contains(waits.body, `hx-trigger="every 2s"`) || strings.Contains(waits.body, "<html") || secretPattern.MatchString(waits.body) {
		t.Errorf("the fragment is\n%s", waits.body)
	}
	if got := b.fragment(t, html.UnescapeString(seenPath.FindStringSubmatch(waits.body)[1])).is(t, http.StatusNoContent); got.body != "" || got.header.Get("Set-Cookie") != "" {
		t.Errorf("what is shown already comes again, or is a sign of life: %s %v", got.body, got.header)
	}
	if b.get(t, path).header.Get("Set-Cookie") == "" {
		t.Error("a page is no sign of life")
	}
	// Sent twice: no third token, and the one that was shown stays good.
	b.post(t, path+"/rotation", nil).is(t, http.StatusConflict).has(t, "being rotated already", "cancel the rotation")
	b.post(t, path+"/rotation/complete", nil).is(t, http.StatusConflict).has(t, "The new token was not used yet")
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "being replaced", "the new one")
	w.uses(t, old)

	w.uses(t, fresh)
	proven := b.fragment(t, path).is(t, http.StatusOK).has(t, "was used", "from 192.0.2.7", "the old one can go", "Complete")
	if strings.Contains(proven.body, "hx-trigger") {
		t.Error("it goes on asking")
	}
	b.get(t, tokensPath+"/"+w.tokens(t)[1].ID).is(t, http.StatusOK).has(t, "the old one can go")
	done := b.post(t, path+"/rotation/complete", nil).is(t, http.StatusSeeOther)
	b.get(t, done.header.Get("Location")).is(t, http.StatusOK).has(t, "The rotation is complete", "Rotate the token")
	b.post(t, path+"/rotation/complete", nil).is(t, http.StatusSeeOther) // it stays so
	if _, err := w.Tokens.Verify(t.Context(), w.acme.ID, old, w.tokens(t)[0].LastUsedFrom); err == nil {
		t.Error("the old token is accepted")
	}
	w.uses(t, fresh)
	b.get(t, path).is(t, http.StatusOK).has(t, "revoked")
	b.post(t, path+"/rotation", nil).is(t, http.StatusConflict).has(t, "revoked or has expired")
	if calls := w.audit(t, "completeRotation"); len(calls) != 3 || calls[0].Resource != id {
		t.Errorf("the audit log has %+v", calls)
	}
}

// Who insists completes without proof; who cancels keeps the old token.
func TestRotationWithoutProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	old := b.enable(t, "entra")
	path := tokensPath + "/" + w.tokens(t)[0].ID
	b.post(t, path+"/rotation/cancel", nil).is(t, http.StatusConflict).has(t, "There is no rotation to end")
	first := secretOf(t, b.post(t, path+"/rotation", nil))
	b.post(t, path+"/rotation/cancel", nil).is(t, http.StatusSeeOther)
	if _, err := w.Tokens.Verify(t.Context(), w.acme.ID, first, w.tokens(t)[0].LastUsedFrom); err == nil {
		t.Error("the cancelled token is accepted")
	}
	w.uses(t, old)
	second := secretOf(t, b.post(t, path+"/rotation", nil).is(t, http.StatusOK))
	b.post(t, path+"/rotation/complete", url.Values{"insist": {"yes"}}).is(t, http.StatusSeeOther)
	w.uses(t, second)
	for _, id := range []string{"x", uuid.NewString(), "00000000-0000-0000-0000-000000000000", "%00"} {
		b.get(t, tokensPath+"/"+id).is(t, http.StatusNotFound)
		b.post(t, tokensPath+"/"+id+"/rotation/complete", nil).is(t, http.StatusNotFound)
	}
}

// The new token lives as long as the old one was to live.
func TestRotationKeepsTheLifetime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	b.post(t, tokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "expires": {"90"}}).is(t, http.StatusOK).has(t, "It expires")
	w.clock.pass(time.Hour)
	b.post(t, tokensPath+"/"+w.tokens(t)[0].ID+"/rotation", nil).is(t, http.StatusOK)
	list := w.tokens(t)
	if got := list[1].ExpiresAt.Sub(list[0].ExpiresAt).Round(time.Minute); got != time.Hour {
		t.Errorf("the new one expires %s after the old one", got)
	}
}

// A token that has expired enables nothing, and cannot be rotated.
func TestExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	_, made, err := w.Tokens.Mint(t.Context(), w.acme.ID, "Okta", w.clock.now().Add(30*time.Minute))
	must(t, err)
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "Enabled", "not used yet")
	w.clock.pass(time.Hour)
	b.get(t, tokensPath+"/"+made.ID).is(t, http.StatusOK).has(t, "expired")
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "Not connected", "Enable SCIM")
	b.post(t, tokensPath+"/"+made.ID+"/rotation", nil).is(t, http.StatusConflict).has(t, "revoked or has expired")
}

// The confirmation names what stops working, and the token is worthless at once.
func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	secret := b.enable(t, "entra")
	w.uses(t, secret)
	made := w.tokens(t)[0]
	path := tokensPath + "/" + made.ID
	b.get(t, path).is(t, http.StatusOK).has(t, "Revoke this token?", "ending in "+made.Hint, "from 192.0.2.7", "It is the only one of Acme Inc.", "cannot be undone")
	b.post(t, tokensPath, url.Values{"once": {uuid.NewString()}, "provider": {"okta"}, "access": {"users"}}).is(t, http.StatusOK)
	b.get(t, path).is(t, http.StatusOK).has(t, "1 other token or client")
	b.post(t, path+"/revoke", nil).is(t, http.StatusSeeOther)
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "is revoked. Whoever shows it is refused.", "Enabled", "users")
	b.post(t, path+"/revoke", nil).is(t, http.StatusSeeOther) // it stays so
	if _, err := w.Tokens.Verify(t.Context(), w.acme.ID, secret, made.LastUsedFrom); err == nil {
		t.Error("the token is accepted")
	}
	b.post(t, tokensPath+"/"+uuid.NewString()+"/revoke", nil).is(t, http.StatusNotFound)
}

// As many tokens as the plan lets a tenant have: the page says so and what to do. A rotation needs no room.
func TestTokenLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Admin)
	for range 10 {
		b.enable(t, "okta")
	}
	form := url.Values{"once": {uuid.NewString()}, "provider": {"entra"}}
	b.post(t, tokensPath, form).is(t, http.StatusConflict).has(t, "as many tokens as your plan lets you have", "rotate it")
	id := w.tokens(t)[0].ID
	b.post(t, tokensPath+"/"+id+"/rotation", nil).is(t, http.StatusOK)
	b.post(t, tokensPath+"/"+id+"/rotation/complete", url.Values{"insist": {"yes"}}).is(t, http.StatusSeeOther)
	b.post(t, tokensPath+"/"+w.tokens(t)[1].ID+"/revoke", nil).is(t, http.StatusSeeOther)
	b.post(t, tokensPath, form).is(t, http.StatusOK) // the same form, for which there is room now
}

// A tenant that is suspended makes no credentials and may revoke them; one that is being deleted has no pages.
func TestSuspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, admin.Owner)
	b.enable(t, "okta")
	id := w.tokens(t)[0].ID
	w.inState(t, tenancy.StateSuspended)
	b.get(t, scimPath).is(t, http.StatusOK).has(t, "This tenant is suspended")
	form := url.Values{"once": {uuid.NewString()}, "provider": {"okta"}}
	for _, path := range []string{tokensPath, tokensPath + "/" + id + "/rotation", clientsPath} {
		b.post(t, path, form).is(t, http.StatusConflict).has(t, "This tenant is suspended")
	}
	b.get(t, panelPath).is(t, http.StatusOK).has(t, "every request is refused")
	b.post(t, tokensPath+"/"+id+"/revoke", nil).is(t, http.StatusSeeOther)
	if n := len(w.tokens(t)); n != 1 {
		t.Errorf("%d tokens", n)
	}
}
