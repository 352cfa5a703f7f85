package onboarding

import (
	"net/http"
	"time"
)

// kind is the type of a problem, as the last part of its URL.
type kind string

// problemPath is where each kind is explained.
const problemPath = "/problems/"

const (
	invalidRequest       kind = "invalid-request"
	unauthenticated      kind = "unauthenticated"
	forbidden            kind = "forbidden"
	notFound             kind = "not-found"
	methodNotAllowed     kind = "method-not-allowed"
	slugTaken            kind = "slug-taken"
	stateConflict        kind = "state-conflict"
	groupNamesShared     kind = "group-names-shared"
	limitReached         kind = "limit-reached"
	extensionInUse       kind = "extension-in-use"
	invalidImport        kind = "invalid-import"
	hostTaken            kind = "host-taken"
	hostUnverified       kind = "host-unverified"
	rotationUnproven     kind = "rotation-unproven"
	requestInFlight      kind = "request-in-flight"
	preconditionFailed   kind = "precondition-failed"
	contentTooLarge      kind = "content-too-large"
	unsupportedMediaType kind = "unsupported-media-type"
	keyReused            kind = "idempotency-key-reused"
	preconditionRequired kind = "precondition-required"
	rateLimited          kind = "rate-limited"
	internal             kind = "internal"
	unavailable          kind = "unavailable"
	clientGone           kind = "client-gone" // of the log and the metrics alone: nobody reads the answer
)

// definition is what all problems of a kind have.
type definition struct {
	kind    kind
	status  int
	title   string
	explain string        // for its page
	retry   time.Duration // after which to send the request again; 0: that does not help
}

// statusClientGone is the custom of web servers for a caller who hung up.
const statusClientGone = 499

// definitions are all kinds, by status.
var definitions = []definition{
	{invalidRequest, http.StatusBadRequest, "The request is invalid", "A field or a parameter has a value that it cannot have, or there is one that the operation does not know. errors names each one.", 0},
	{invalidImport, http.StatusBadRequest, "The import is invalid", "The stream is no export that can be imported, or it was changed or broken off. detail names the line. Nothing was made of it.", 0},
	{unauthenticated, http.StatusUnauthorized, "No valid credential", "Send an API key, or a JWT of your OpenID provider, as Authorization: Bearer. It may have expired or been revoked. For a JWT, issuer, audience, signature and role must be what Spoke was set up with.", 0},
	{forbidden, http.StatusForbidden, "The role is not enough", "The credential is valid, and the operation needs the role that required_role names.", 0},
	{notFound, http.StatusNotFound, "Not found", "There is nothing of this name or id, or not any more.", 0},
	{methodNotAllowed, http.StatusMethodNotAllowed, "The method is not allowed", "The path exists, and the header Allow lists its methods.", 0},
	{slugTaken, http.StatusConflict, "The slug is taken", "Another tenant has the slug, or one that a reader would take for it.", 0},
	{stateConflict, http.StatusConflict, "The state does not allow it", "The tenant, or what belongs to it, is in a state in which this cannot be done.", 0},
	{groupNamesShared, http.StatusConflict, "Groups share a name", "Names of groups cannot be made unique while two groups have one. Rename one of them first.", 0},
	{limitReached, http.StatusConflict, "A limit is reached", "The tenant has as many as it may have. Remove one first.", 0},
	{extensionInUse, http.StatusConflict, "The schema extension is used", "Users or groups have data under the extension. Remove the attributes in the identity provider first.", 0},
	{hostTaken, http.StatusConflict, "The host is taken", "Another tenant has verified the host.", 0},
	{hostUnverified, http.StatusConflict, "The host is not verified", "The TXT record that shows that the host is the customer's is missing, has another value, or its claim has expired. A record that was just published can take some minutes to be seen.", 0},
	{rotationUnproven, http.StatusConflict, "The new token was not used yet", "A rotation is completed when the identity provider has used the new token: until then, revoking the old one would stop provisioning.", 0},
	{requestInFlight, http.StatusConflict, "The request is being made", "A request with this Idempotency-Key is being made at this moment. Send it again a little later for its answer.", 2 * time.Second},
	{preconditionFailed, http.StatusPreconditionFailed, "It was changed meanwhile", "If-Match has another ETag than what is there now. Read it again, and make the change from that.", 0},
	{contentTooLarge, http.StatusRequestEntityTooLarge, "The body is too large", "The body of a request has a limit, which detail names.", 0},
	{unsupportedMediaType, http.StatusUnsupportedMediaType, "The media type is not supported", "Send the body as the media type that detail names.", 0},
	{keyReused, http.StatusUnprocessableEntity, "The Idempotency-Key was used for another request", "An Idempotency-Key stands for one request: method, path and body. Choose another key for another request.", 0},
	{preconditionRequired, http.StatusPreconditionRequired, "If-Match is missing", "Send the ETag of what you have read as If-Match, so that no change of somebody else is lost.", 0},
	{rateLimited, http.StatusTooManyRequests, "Too many requests", "Calls of one caller, or wrong credentials of one address, come faster than they may. Nothing was changed. Send the request again after the time in Retry-After.", 0},
	{internal, http.StatusInternalServerError, "Something went wrong", "The fault is with Spoke. The server's log has the cause, under the id in instance. The change may have been made.", 0},
	{unavailable, http.StatusServiceUnavailable, "Not available at the moment", "Spoke cannot reach what it needs. Send the request again after the time in Retry-After, a POST with its Idempotency-Key.", 10 * time.Second},
}

func (k kind) definition() definition {
	for _, d := range definitions {
		if d.kind == k {
			return d
		}
	}
	return definition{kind: k, status: statusClientGone, title: "The caller did not wait"}
}
