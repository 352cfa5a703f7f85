package onboarding

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/services/onboarding/api"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/guard"
	"github.com/askspoke/spoke/tenancy/hostclaim"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/oauth"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// translate makes an error one that a caller may read. What is none of ours becomes a 500 that says nothing of its cause.
func translate(err error) *problem {
	var (
		known   *problem
		large   *http.MaxBytesError
		slug    *tenancy.SlugError
		setting *tenancy.SettingError
		state   *tenancy.StateError
		shared  *directory.SharedNamesError
		used    *tenancy.ExtensionUsedError
		schemas *schema.DocumentError
		host    *tenancy.HostError
		record  *hostclaim.RecordError
		trust   *oauth.TrustError
		imports *tenancy.ImportError
		decided *guard.DecidedError
		taken   *provider.TakenError
		circle  *provider.CircleError
		gone    *directory.UnrestorableError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &large):
		return newProblem(contentTooLarge, "The body may have %d bytes.", large.Limit).because(err)
	case errors.As(err, &slug):
		return wrongField("slug", slug.Reason)
	case errors.As(err, &setting):
		return wrongField(settingField(setting.Setting), setting.Reason)
	case errors.As(err, &state):
		return newProblem(stateConflict, "%s.", sentence(state.Error()))
	case errors.As(err, &shared):
		return newProblem(groupNamesShared, "%s.", sentence(shared.Error()))
	case errors.As(err, &used):
		return newProblem(extensionInUse, "Resources of type %s that have data under it: %d, such as %s.", used.ResourceType, used.Count, used.Example)
	case errors.As(err, &schemas):
		return wrongSchema(schemas)
	case errors.As(err, &host):
		return wrongField("host", host.Reason)
	case errors.As(err, &record):
		return newProblem(hostUnverified, "%s.", sentence(record.Error())).because(err)
	case errors.As(err, &trust):
		return wrongField(trust.Field, trust.Reason)
	case errors.As(err, &decided):
		return newProblem(stateConflict, "The hold was %s already, by %s.", decided.Hold.State, decided.Hold.DecidedBy)
	case errors.As(err, &taken):
		return newProblem(stateConflict, "It cannot be restored: another one has its %s now.", taken.Attribute)
	case errors.As(err, &circle):
		return newProblem(stateConflict, "It cannot be restored: the group would contain itself, through %s.", strings.Join(circle.IDs, ", "))
	case errors.As(err, &gone):
		return newProblem(stateConflict, "It cannot be restored. %s", gone.Detail)
	case errors.As(err, &imports):
		return newProblem(invalidImport, "%s.", strings.TrimSuffix(sentence(imports.Error()), ".")).because(err)
	}
	if p := translateValue(err); p != nil {
		return p
	}
	switch {
	case errors.Is(err, lifecycle.ErrBusy):
		return newProblem(unavailable, "As many exports and imports are under way as there may be at once. Send the request again later.").because(err)
	case errors.Is(err, journal.ErrTenantExports):
		return newProblem(unavailable, "As many exports of the tenant's journal are under way as there may be at once, %d. Send the request again when one is done.", journal.MaxTenantExports).because(err)
	case errors.Is(err, journal.ErrExports):
		return newProblem(unavailable, "As many exports of journals are under way as there may be at once. Send the request again later.").because(err)
	case errors.Is(err, operator.ErrProvider):
		return newProblem(unavailable, "The keys of the OpenID provider cannot be read at the moment. Use an API key, or send the request again later.").because(err)
	case tenantdb.Unavailable(err), errors.Is(err, context.DeadlineExceeded):
		return newProblem(unavailable, "The database cannot be reached at the moment. A change that was under way may have been made.").because(err)
	}
	return newProblem(internal, "The server's log has the cause, under the id in instance. A change that was under way may have been made.").because(err)
}

// translateValue is translate for errors that are values. nil: it is none of them.
func translateValue(err error) *problem {
	for _, t := range []struct {
		err     error
		problem *problem
	}{
		{tenancy.ErrSlugTaken, fieldProblem(slugTaken, "slug", "is taken", "Another tenant has this slug. Choose another one.")},
		{tenancy.ErrVersion, newProblem(preconditionFailed, "It was changed since you read it. Read it again, and make the change from that.")},
		{tenancy.ErrNotFound, newProblem(notFound, "There is no such tenant.")},
		{tenancy.ErrExtensionNotFound, newProblem(notFound, "The tenant has no such schema extension.")},
		{tenancy.ErrExtensionLimit, newProblem(limitReached, "A tenant has %d schema extensions at most, and %d KiB of their documents.", lifecycle.MaxExtensions, lifecycle.MaxExtensionBytes>>10)},
		{tenancy.ErrStateInvalid, newProblem(stateConflict, "The state of the tenant does not allow it.")},
		{tenancy.ErrSlugConfusable, fieldProblem(slugTaken, "slug", "can be taken for the slug of another tenant", "A reader could take this slug for that of another tenant. Choose another one.")},
		{tenancy.ErrHostTaken, fieldProblem(hostTaken, "host", "belongs to another tenant", "Another tenant has verified this host.")},
		{tenancy.ErrHostNotFound, newProblem(notFound, "The tenant has no such host.")},
		{tenancy.ErrHostLimit, newProblem(limitReached, "A tenant has %d hosts at most. Remove one first.", hostclaim.MaxHosts)},
		{hostclaim.ErrExpired, newProblem(hostUnverified, "The claim has expired. Claim the host again, and publish the new record.")},
		{oauth.ErrNotFound, newProblem(notFound, "The tenant has no such OAuth client.")},
		{oauth.ErrNoSecret, newProblem(notFound, "The OAuth client has no such secret.")},
		{oauth.ErrNoTrust, newProblem(notFound, "The OAuth client has no such trust.")},
		{oauth.ErrRevoked, newProblem(stateConflict, "The OAuth client is revoked.")},
		{oauth.ErrGone, newProblem(stateConflict, "What this request has made was revoked meanwhile.")},
		{oauth.ErrLimit, newProblem(limitReached, "The tenant has as many live OAuth clients as it may have. Revoke one first.")},
		{oauth.ErrSecrets, newProblem(limitReached, "The OAuth client has as many live secrets as it may have. Revoke one first.")},
		{oauth.ErrTrusts, newProblem(limitReached, "The OAuth client has as many trusts as it may have. Revoke one first.")},
		{oauth.ErrTokenLife, wrongField("token_life_seconds", "must be from 3600 to 21600")},
		{token.ErrRotating, newProblem(stateConflict, "The token is being rotated. Complete or cancel the rotation first.")},
		{token.ErrNoRotation, newProblem(stateConflict, "The token has no rotation that is open.")},
		{token.ErrRevokedAlready, newProblem(stateConflict, "The token was revoked or has expired, so it cannot be replaced.")},
		{token.ErrUnproven, newProblem(rotationUnproven, "Nobody has used the new token yet, so the identity provider may still have the old one. Ask again a little later, or complete the rotation with force=true.")},
		{token.ErrCursor, wrongField("cursor", "is none of this list: begin without one")},
		{token.ErrNotFound, newProblem(notFound, "The tenant has no such token.")},
		{token.ErrLimit, newProblem(limitReached, "The tenant has as many live tokens as it may have. Revoke one first.")},
		{token.ErrName, wrongField("name", "must have 1 to 100 printable characters")},
		{token.ErrExpiry, wrongField("expires_at", "must be in the future")},
		{guard.ErrNotFound, newProblem(notFound, "The tenant has no such hold.")},
		{guard.ErrOpen, newProblem(stateConflict, "Another hold is open. Decide about that one.")},
		{guard.ErrUntil, wrongField("until", "must be in the future, and at most 30 days ahead")},
		{directory.ErrNoDeletion, newProblem(notFound, "Nothing with this id was deleted within 30 days.")},
		{directory.ErrThere, newProblem(stateConflict, "It is there: it was restored, or never deleted.")},
		{journal.ErrNotFound, newProblem(notFound, "The tenant's journal has no such entry. It may have been pruned.")},
		{operator.ErrNotFound, newProblem(notFound, "There is none with this id.")},
		{operator.ErrName, wrongField("name", "must have 1 to 100 printable characters")},
		{operator.ErrRole, wrongField("role", "must be read, manage or admin")},
		{operator.ErrExpiry, wrongField("expires_at", "must be in the future")},
		{operator.ErrLifetime, wrongField("expires_at", "must be within seven days")},
		{operator.ErrPurpose, wrongField("purpose", "is not known")},
		{operator.ErrRevoked, newProblem(stateConflict, "What this request has made was revoked meanwhile.")},
		{operator.ErrInFlight, newProblem(requestInFlight, "A request with this Idempotency-Key is being made. Send it again a little later for its answer.")},
		{operator.ErrReused, fieldProblem(keyReused, "Idempotency-Key", "was used for another request", "Choose another Idempotency-Key, or send the very same request.")},
	} {
		if errors.Is(err, t.err) {
			return t.problem.because(err)
		}
	}
	return nil
}

// fieldProblem is a problem of a kind that is about one field.
func fieldProblem(k kind, field, reason, detail string) *problem {
	return &problem{kind: k, detail: detail, fields: []api.FieldError{{Field: field, Detail: reason}}}
}

// settingField returns where in a request a setting is.
func settingField(setting string) string {
	switch setting {
	case "name":
		return "name"
	case "grace":
		return "grace_days"
	}
	return "settings." + setting
}

// wrongSchema says of a schema document all that is wrong.
func wrongSchema(e *schema.DocumentError) *problem {
	fields := make([]api.FieldError, len(e.Problems))
	for i, p := range e.Problems {
		fields[i] = api.FieldError{Field: "schema", Detail: p}
	}
	return wrongFields(fields)
}

// sentence makes an error's text begin as a sentence does.
func sentence(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}
