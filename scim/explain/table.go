package explain

import "github.com/askspoke/spoke/scim"

// entry is what is known of a rule. {attribute} and {resource} in a hint stand for what the refusal is about.
type entry struct{ reference, hint string }

// nothing is the hint for what is no mistake of the client's.
const nothing = "Nothing has to be changed: the failure was the service's, and identity providers send the request again by themselves. If it goes on, tell the operator of the service the request id."

// table has every rule. The words are those of the two providers that are used most: Microsoft Entra ID ("attribute mapping",
// "matching attribute", "Admin Credentials") and Okta ("attribute mappings", "Provisioning, Integration").
var table = map[scim.Rule]entry{
	scim.RuleBodyJSON: {
		"RFC 7644 section 3.12: invalidSyntax; RFC 8259",
		"The body of the request is not one whole JSON object. An identity provider does not send that by itself: look for a proxy or a script between that changes or cuts the body, and for an expression in the mapping that writes JSON.",
	},
	scim.RuleBodyText: {
		"RFC 8259 section 8; RFC 7644 section 3.12: invalidSyntax, invalidValue",
		"A text in the body is no Unicode text that can be stored (invalid UTF-8, half a character, or a NUL). Look at the source attribute of the {resource} in the identity provider and remove the broken character.",
	},
	scim.RuleBodyDuplicate: {
		"RFC 7643 section 2.1: names of attributes have no case; RFC 7644 section 3.12: invalidSyntax",
		"The body has {attribute} twice. Look for two mappings with the same target attribute, in whatever case, and remove one.",
	},
	scim.RuleBodySchemas: {
		"RFC 7643 section 3, RFC 7644 section 3.1: schemas; invalidValue",
		"The list schemas does not name what the request is about. The tenant's profile is strict: correct the provider's schema list, or have the tenant's profile set to auto, which tolerates what Entra ID and Okta send.",
	},
	scim.RuleBodyBrokenOff: {
		"RFC 9112 section 6.3: the body is as long as it says",
		"The body did not arrive whole, so the connection broke. Nothing has to be changed if it happens rarely; if often, look at the proxies between the identity provider and the tenant URL.",
	},
	scim.RuleBodySize: {
		"RFC 9110 section 15.5.14; RFC 7644 section 3.12",
		"The request is too large. Entra ID and Okta send far smaller ones: look for an attribute mapping that sends a picture, a certificate chain or a very long list, or have a script send fewer members in one request.",
	},
	scim.RuleBodyMediaType: {
		"RFC 7644 section 3.8; RFC 9110 section 15.5.16",
		"The Content-Type must be application/scim+json or application/json, in UTF-8. In a script set the header; in Okta choose the SCIM 2.0 connector.",
	},

	scim.RuleAttributeUnknown: {
		"RFC 7643 section 2.1, RFC 7644 section 3.12: the schemas define the attribute",
		"No schema of the {resource} has {attribute}. In the attribute mapping choose a target attribute that exists (Entra ID: Provisioning, Mappings; Okta: Provisioning, To App, Attribute Mappings), or have the operator add it to the tenant by a schema extension.",
	},
	scim.RuleAttributeRequired: {
		"RFC 7643 section 2.2, section 4.1.1: required; RFC 7644 section 3.12: invalidValue",
		"{attribute} has no value for this {resource}. Fill the source attribute in the identity provider, or give the mapping of {attribute} a default value (Entra ID: \"Default value if null\"; Okta: an expression), or take the {resource} out of the scope.",
	},
	scim.RuleAttributeType: {
		"RFC 7643 section 2.3: the type of the attribute; RFC 7644 section 3.12: invalidValue",
		"{attribute} has a value of another type than the schema says. Change the mapping of {attribute} so that it yields that type: no list for a single value, true or false for a boolean (Entra ID: Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")), a dateTime with FormatDateTime.",
	},
	scim.RuleAttributeList: {
		"RFC 7643 section 2.4: multi-valued attributes; RFC 7644 section 3.12: invalidValue",
		"{attribute} is multi-valued and was sent as one value. Map to an element of it, such as emails[type eq \"work\"].value, or have the tenant's profile set to auto, which takes one value for a list of one.",
	},
	scim.RuleAttributePrimary: {
		"RFC 7643 section 2.4: one primary value at most; RFC 7644 section 3.12: invalidValue",
		"Two values of {attribute} say that they are the primary one. Set primary in one mapping only.",
	},
	scim.RuleAttributeLength: {
		"RFC 7644 section 3.12: invalidValue; a limit of this service",
		"The value of {attribute} is longer than it can be. Shorten it in the identity provider or in the mapping (Entra ID: Left or Mid; Okta: substring).",
	},
	scim.RuleAttributeImmutable: {
		"RFC 7643 section 7: immutable; RFC 7644 section 3.5.1, section 3.5.2: mutability",
		"{attribute} can be set once and has a value. Apply its mapping only when the {resource} is created (Entra ID: \"Apply this mapping: Only during object creation\"; Okta: \"Create\"), or delete the {resource} and provision it again.",
	},
	scim.RuleAttributeReadOnly: {
		"RFC 7643 section 7: readOnly; RFC 7644 section 3.5.2: mutability",
		"The service sets {attribute} itself. Remove its mapping; memberships are changed at the group, not at the user.",
	},
	scim.RuleAttributeUnique: {
		"RFC 7643 section 2.2: uniqueness server; RFC 7644 section 3.3, section 3.12: uniqueness",
		"Another {resource} has this {attribute} already. If it is the same one, check the matching attribute in the provider's mapping (Entra ID: \"Match objects using this attribute\" must be yes for {attribute}; Okta: import the existing ones and confirm the matches), so that the provider finds it instead of creating it. If it is another one, give one of the two another value.",
	},
	scim.RuleExtensionClosed: {
		"RFC 7643 section 3.3: schema extensions; a rule of this service",
		"The extension {attribute} is being removed from the tenant. Remove its attributes from the mapping, or ask the operator of the service why it goes.",
	},

	scim.RuleMembersUnknown: {
		"RFC 7643 section 4.2: members; RFC 7644 section 3.12: invalidValue",
		"The group names a member that is not here. Provision the users before the groups, and assign the members to the application as well (Entra ID: scope and \"Users and groups\"; Okta: assignments beside Push Groups). Entra ID sends the member again in a later cycle by itself.",
	},
	scim.RuleMembersCircle: {
		"RFC 7643 section 4.2: nested groups; RFC 7644 section 3.12: invalidValue",
		"The group would contain itself through other groups. Take one of the memberships out of the circle in the identity provider, or do not assign the inner group.",
	},
	scim.RuleMembersValue: {
		"RFC 7643 section 4.2: members.value; RFC 7644 section 3.12: invalidValue",
		"A member has no value, which must be the id that this service gave the user. Map members to the matched object's id (Entra ID: objectId as the source of members; Okta: Push Groups does it), not to a name.",
	},
	scim.RuleMembersImmutable: {
		"RFC 7643 section 8.7.1: members are immutable; RFC 7644 section 3.5.2: mutability",
		"A member cannot be changed into another one. Have the provider remove the member and add another; a mapping to a sub-attribute of members has to go.",
	},

	scim.RulePatchOperations: {
		"RFC 7644 section 3.5.2: the operations of a PATCH; invalidSyntax",
		"The PATCH has no operations, or one that is none of add, remove and replace. Entra ID and Okta do not send that: look at the script or connector. With capital letters (\"Add\") the tenant's profile must be auto.",
	},
	scim.RulePatchValue: {
		"RFC 7644 section 3.5.2.1, section 3.5.2.3: the value of an operation; invalidValue",
		"The operation has no value, or one that does not fit. Let the mapping skip empty sources (Entra ID: IgnoreFlowIfNullOrEmpty), or send an object of attributes where there is no path.",
	},
	scim.RulePatchPath: {
		"RFC 7644 section 3.5.2, figure 7: path; invalidPath",
		"The target attribute of a mapping is no path that SCIM knows. Write it like name.givenName, emails[type eq \"work\"].value, or an extension's URN, a colon and the attribute (Entra ID: \"Edit attribute list\"; Okta: the external name and namespace of the attribute).",
	},
	scim.RulePatchNoTarget: {
		"RFC 7644 section 3.5.2.2, section 3.5.2.3: noTarget",
		"The change names a value of {attribute} that the {resource} does not have. Have the provider add it before it is replaced, or have the tenant's profile set to auto, which creates what Entra ID's paths do not find. A remove must say what to remove.",
	},
	scim.RulePatchRequired: {
		"RFC 7644 section 3.5.2.2: a required attribute cannot be removed; mutability",
		"{attribute} is required and cannot be cleared. Fill the source attribute in the identity provider, or give the mapping of {attribute} a default value.",
	},
	scim.RulePatchSize: {
		"RFC 7644 section 3.12: 413; a limit of this service",
		"One PATCH asks for too much. Have a script send the operations in several requests; Entra ID and Okta stay far below the limit.",
	},

	scim.RuleFilterSyntax: {
		"RFC 7644 section 3.4.2.2, figure 1: invalidFilter",
		"The filter cannot be read. Identity providers make it of the matching attribute: choose one whose name is plain (userName, externalId, emails[type eq \"work\"].value); in a script put texts in double quotes and percent-encode the filter.",
	},
	scim.RuleFilterAttribute: {
		"RFC 7644 section 3.4.2.2: an attribute of the schemas; invalidFilter",
		"The filter asks for {attribute}, which cannot be searched. The filter is made of the matching attribute: choose one that exists for the {resource} (Entra ID: \"Match objects using this attribute\"; Okta: the unique identifier field).",
	},
	scim.RuleFilterOperator: {
		"RFC 7644 section 3.4.2.2, table 3: the operators; invalidFilter",
		"The filter compares {attribute} in a way that its type does not know. Use eq, or choose another attribute to match by.",
	},
	scim.RuleFilterValue: {
		"RFC 7644 section 3.4.2.2: the compared value; invalidFilter",
		"The filter compares {attribute} with a value of another type. Choose another source for the matching attribute, or an expression that yields that type.",
	},
	scim.RuleFilterSecret: {
		"RFC 7643 section 7: returned never; RFC 7644 section 3.4.2.2, section 7.5.2: invalidFilter",
		"{attribute} is never returned, so nobody can search by it. Choose another matching attribute.",
	},

	scim.RuleListAttributes: {
		"RFC 7644 section 3.4.2.5, section 3.9: attributes and excludedAttributes; invalidValue",
		"The request has both attributes and excludedAttributes. Send one of them.",
	},
	scim.RuleListSort: {
		"RFC 7644 section 3.4.2.3: sortBy and sortOrder; invalidValue",
		"The list cannot be sorted as asked for. Sort by an attribute of the {resource} that has one plain value, ascending or descending.",
	},
	scim.RuleListPage: {
		"RFC 7644 section 3.4.2.4: startIndex and count; invalidValue, tooMany",
		"startIndex and count must be whole numbers, and no cursor can be beside startIndex. Identity providers do not send anything else: look at the script.",
	},
	scim.RuleListCursor: {
		"RFC 9865 section 2.1: invalidCursor",
		"The cursor does not belong to this query. Send nextCursor as it was received, with the same filter and order; the list begins again with an empty cursor.",
	},
	scim.RuleListExpired: {
		"RFC 9865 section 2.1: expiredCursor",
		"The list was not read on for too long. Nothing has to be changed: it begins again with an empty cursor. If it is the rule, have the pages read faster or make them smaller.",
	},
	scim.RuleListCount: {
		"RFC 9865 section 2.1: invalidCount",
		"count must be the same number on all pages of a list that is read by cursors.",
	},
	scim.RuleSearchMessage: {
		"RFC 7644 section 3.4.3: the search request; invalidSyntax, invalidValue",
		"The body of the search has a member that no search has, or one of another type. Correct the script that sends it.",
	},

	scim.RuleBulkMessage: {
		"RFC 7644 section 3.7: the bulk request; invalidSyntax, invalidValue",
		"The bulk request as a whole is wrong, so nothing of it was done. Correct the connector or script that sends it: Operations is a list of objects, each POST with a bulkId of its own.",
	},
	scim.RuleBulkOperation: {
		"RFC 7644 section 3.7: method, path, bulkId and data of an operation; invalidSyntax, invalidValue",
		"One operation of a bulk request is not one that can be done. Correct the connector or script that sends it; the other operations are not concerned.",
	},
	scim.RuleBulkReference: {
		"RFC 7644 section 3.7.1, section 3.7.2: references to a bulkId",
		"The operation refers to one of the same bulk request that is not there or failed. Correct that one first; this one goes through with it.",
	},
	scim.RuleBulkSize: {
		"RFC 7644 section 3.7.4: maxOperations and maxPayloadSize",
		"The bulk request is larger than ServiceProviderConfig says. Have the connector read that, or set its batch size to it.",
	},
	scim.RuleBulkNotTried: {"RFC 7644 section 3.7.3: the status of each operation", nothing},
	scim.RuleBulkRemains: {
		"RFC 7644 section 3.7.1: references that go round in a circle",
		"A resource was left behind by a bulk request that failed. Delete it, or let the identity provider match and complete it.",
	},

	scim.RuleRequestEndpoint: {
		"RFC 7644 section 3.2: the endpoints",
		"There is no such endpoint. Check the tenant URL in the identity provider (Entra ID: Admin Credentials, Tenant URL; Okta: SCIM connector base URL): it ends with /scim/v2, and the provider appends /Users and /Groups.",
	},
	scim.RuleRequestResource: {
		"RFC 7644 section 3.12: 404",
		"The {resource} that the provider remembers is not here any more: it was deleted, or belongs to another tenant. Entra ID finds or creates it anew with \"Restart provisioning\" or \"Provision on demand\"; in Okta unassign and assign it again.",
	},
	scim.RuleRequestMethod: {
		"RFC 7644 section 3.2: the methods of an endpoint; RFC 9110 section 15.5.6",
		"The endpoint does not take this method. Check that the tenant URL ends with /scim/v2 and with nothing behind it, and that Okta's connector is the one for SCIM 2.0.",
	},
	scim.RuleRequestPath: {
		"RFC 3986 section 2.1: percent-encoding; RFC 7644 section 3.12: invalidSyntax",
		"The path of the request is not written as a URL's. Check the tenant URL in the identity provider for strange characters, and the ids that a script puts into paths.",
	},
	scim.RuleRequestQuery: {
		"RFC 3986 section 2.1: percent-encoding; RFC 7644 section 3.12: invalidValue",
		"The query of the request is not written as a URL's. A script must percent-encode filters; identity providers do.",
	},
	scim.RuleRequestURI: {
		"RFC 9110 section 15.5.15; RFC 7644 section 3.4.3",
		"The URL is too long, or holds what belongs into a body. Send the query by POST to /.search below the endpoint.",
	},
	scim.RuleRequestVersion: {
		"RFC 7644 section 3.13: invalidVers",
		"The tenant URL names another version of SCIM. It must end with /scim/v2 (Okta: choose SCIM 2.0, not 1.1).",
	},
	scim.RuleRequestPrecondition: {
		"RFC 7644 section 3.14; RFC 9110 section 13.1",
		"The {resource} has changed since the client read it. Nothing has to be changed: the client reads it again and decides anew. If it happens often, two clients write the same resources: stop one of them.",
	},
	scim.RuleRequestMe: {
		"RFC 7644 section 3.11: /Me, 501",
		"There is no /Me for a provider's token. Look the user up by a filter on /Users.",
	},
	scim.RuleDiscoveryFilter: {
		"RFC 7644 section 4: no filter on discovery, 403",
		"The endpoints /Schemas, /ResourceTypes and /ServiceProviderConfig are read whole, without a filter.",
	},

	scim.RuleAuthMissing: {
		"RFC 7644 section 2; RFC 6750 section 2.1",
		"The request has no bearer token. Copy the secret token into the identity provider (Entra ID: Admin Credentials, Secret Token; Okta: HTTP Header, Authorization, Bearer), and choose that way of signing in.",
	},
	scim.RuleAuthToken: {
		"RFC 7644 section 2; RFC 6750 section 3.1: invalid_token",
		"The token is not valid here: it was revoked, has expired, belongs to another tenant, or was not copied whole. Make a new one and copy it into the identity provider (Entra ID: Admin Credentials, Secret Token, then Test Connection; Okta: Provisioning, Integration, API Credentials).",
	},
	scim.RuleAuthAddress: {
		"RFC 7644 section 7.4; a rule of this tenant's token: permitted addresses, 403",
		"The token may not be used from this address. Add the identity provider's addresses to those that the token permits (Entra ID: the service tag AzureActiveDirectory; Okta: its published IP ranges), or find out who else has the token and revoke it.",
	},
	scim.RuleAuthScope: {
		"RFC 7644 section 7.4; RFC 6750 section 3.1: insufficient_scope, 403",
		"The token has no scope for this. Give the identity provider a token that may change {resource}s, or switch their provisioning off there (Entra ID: Mappings, Enabled: No; Okta: no Push Groups).",
	},

	scim.RuleTenantUnknown: {
		"RFC 7644 section 6: multi-tenancy",
		"No tenant is served at this host. Check the tenant URL in the identity provider.",
	},
	scim.RuleTenantSuspended: {
		"RFC 7644 section 3.12: 403; a state of the tenant",
		"Provisioning is suspended for the tenant. Ask the operator of the service to resume it; stop the provisioning in the identity provider until then, so that it is not quarantined.",
	},
	scim.RuleTenantDeleting: {
		"RFC 7644 section 3.12: 403; a state of the tenant",
		"The tenant is being deleted. Remove the application from the identity provider, or ask the operator of the service to undo the deletion.",
	},
	scim.RuleTenantPaused: {
		"RFC 9110 section 15.6.4; a state of the tenant",
		"Provisioning is paused for a short while. Nothing has to be changed: the identity provider sends the request again.",
	},

	scim.RuleLimitRate: {
		"RFC 6585 section 4: 429; RFC 7644 section 3.12",
		"Requests come faster than the tenant's plan allows. Providers slow down by themselves, and an initial cycle takes longer. If it goes on, stop other clients of the same tenant, narrow the scope, or ask for a larger plan.",
	},
	scim.RuleLimitFailures: {
		"RFC 6585 section 4: 429; RFC 7644 section 7.4",
		"Too many wrong tokens came from this address. Copy a current token into the identity provider, and look for an old connection that still sends a revoked one.",
	},
	scim.RuleLimitTurns: {
		"RFC 6585 section 4: 429",
		"Too many requests of this tenant are at work at once. Providers slow down by themselves; if it goes on, stop other clients of the same tenant or let a script send fewer at a time.",
	},
	scim.RuleGuardHeld: {
		"RFC 9110 section 15.6.4: 503; this tenant's guard against mass deletion",
		"So many deletions came in a short time that they are held until somebody decides. If they are meant, approve them; if not, correct the scope or the assignments in the identity provider (Entra ID: scoping filter, \"Users and groups\"; Okta: the assigned groups) and reject them.",
	},
	scim.RuleGuardRejected: {
		"RFC 9110 section 15.5.4: 403; this tenant's guard against mass deletion",
		"Somebody rejected the deletions of which this is one, so it stays until their decision ends. Correct the scope or the assignments in the identity provider, so that it does not ask again; if it is to go after all, approve the hold.",
	},

	scim.RuleServerBusy:     {"RFC 9110 section 15.6.4: 503", nothing},
	scim.RuleServerDatabase: {"RFC 9110 section 15.6.4: 503", nothing},
	scim.RuleServer:         {"RFC 9110 section 15.6: a failure of the service", nothing},
	scim.RuleClientGone: {
		"RFC 9110 section 9.2.2: a request can be sent again",
		"The client did not wait for the answer. Nothing has to be changed if it happens rarely; if often, look at the time that proxies between give the service.",
	},
}
