package scim

// Rule names what a refused request broke, finer than a scimType: a stable name that people filter by. Package explain has
// what each means and what to do about it.
type Rule string

// The rules. The first part of a name is what the rule is about.
const (
	// NoRule says that the status and the scimType tell all that is known.
	NoRule Rule = ""

	RuleBodyJSON      Rule = "body.json"      // the body is one JSON object
	RuleBodyText      Rule = "body.text"      // its texts are Unicode that can be stored
	RuleBodyDuplicate Rule = "body.duplicate" // no name is twice in an object
	RuleBodySchemas   Rule = "body.schemas"   // schemas names what the body is
	RuleBodyBrokenOff Rule = "body.broken_off"
	RuleBodySize      Rule = "body.size"
	RuleBodyMediaType Rule = "body.media_type"

	RuleAttributeUnknown   Rule = "attribute.unknown"
	RuleAttributeRequired  Rule = "attribute.required"
	RuleAttributeType      Rule = "attribute.type"
	RuleAttributeList      Rule = "attribute.list" // a multi-valued attribute has a list
	RuleAttributePrimary   Rule = "attribute.primary"
	RuleAttributeLength    Rule = "attribute.length"
	RuleAttributeImmutable Rule = "attribute.immutable"
	RuleAttributeReadOnly  Rule = "attribute.read_only"
	RuleAttributeUnique    Rule = "attribute.unique"
	RuleExtensionClosed    Rule = "extension.closed" // an extension that is being removed gets no new data

	RuleMembersUnknown   Rule = "members.unknown"   // a member is there
	RuleMembersCircle    Rule = "members.circle"    // groups do not contain each other
	RuleMembersValue     Rule = "members.value"     // a member says who it is
	RuleMembersImmutable Rule = "members.immutable" // a member does not become another one

	RulePatchOperations Rule = "patch.operations"
	RulePatchValue      Rule = "patch.value"
	RulePatchPath       Rule = "patch.path"
	RulePatchNoTarget   Rule = "patch.no_target"
	RulePatchRequired   Rule = "patch.required" // what is required is not removed
	RulePatchSize       Rule = "patch.size"

	RuleFilterSyntax    Rule = "filter.syntax"
	RuleFilterAttribute Rule = "filter.attribute"
	RuleFilterOperator  Rule = "filter.operator"
	RuleFilterValue     Rule = "filter.value"
	RuleFilterSecret    Rule = "filter.secret" // what is never returned cannot be searched

	RuleListAttributes Rule = "list.attributes"
	RuleListSort       Rule = "list.sort"
	RuleListPage       Rule = "list.page"
	RuleListCursor     Rule = "list.cursor"
	RuleListExpired    Rule = "list.cursor_expired"
	RuleListCount      Rule = "list.cursor_count"
	RuleSearchMessage  Rule = "search.message"

	RuleBulkMessage   Rule = "bulk.message"
	RuleBulkOperation Rule = "bulk.operation"
	RuleBulkReference Rule = "bulk.reference"
	RuleBulkSize      Rule = "bulk.size"
	RuleBulkNotTried  Rule = "bulk.not_tried"
	RuleBulkRemains   Rule = "bulk.remains"

	RuleRequestEndpoint     Rule = "request.endpoint"
	RuleRequestResource     Rule = "request.resource"
	RuleRequestMethod       Rule = "request.method"
	RuleRequestPath         Rule = "request.path"
	RuleRequestQuery        Rule = "request.query"
	RuleRequestURI          Rule = "request.uri"
	RuleRequestVersion      Rule = "request.version"
	RuleRequestPrecondition Rule = "request.precondition"
	RuleRequestMe           Rule = "request.me"
	RuleDiscoveryFilter     Rule = "discovery.filter"

	RuleAuthMissing Rule = "auth.missing"
	RuleAuthToken   Rule = "auth.token"
	RuleAuthAddress Rule = "auth.address"
	RuleAuthScope   Rule = "auth.scope"

	RuleTenantUnknown   Rule = "tenant.unknown"
	RuleTenantSuspended Rule = "tenant.suspended"
	RuleTenantDeleting  Rule = "tenant.deleting"
	RuleTenantPaused    Rule = "tenant.paused"

	RuleLimitRate     Rule = "limit.rate"
	RuleLimitFailures Rule = "limit.failures"
	RuleLimitTurns    Rule = "limit.turns"
	RuleGuardHeld     Rule = "guard.held"     // many deletions at once wait for somebody's approval
	RuleGuardRejected Rule = "guard.rejected" // somebody decided that what was to be deleted stays

	RuleServerBusy     Rule = "server.busy"
	RuleServerDatabase Rule = "server.database"
	RuleServer         Rule = "server"
	RuleClientGone     Rule = "client.gone"
)
