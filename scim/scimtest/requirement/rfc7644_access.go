package requirement

// RFC 7644 sections 1 to 3.2: URIs, access and endpoints; sections 5 to 7: comparison and security.

const deployment = "It binds who designs and runs the deployment, and shows in no answer."

var accessRules = []Requirement{
	{ID: "7644-1.2-1", Level: Must, Text: "URIs are percent-encoded."},
	{ID: "7644-1.3-1", Level: MustNot, Text: "The base URI has a query."},
	{
		ID: "7644-2-1", Level: ShouldNot, Text: "Tokens are accepted that were given out on weak authentication.",
		Reason: "How an administrator gets the token is decided outside SCIM.",
	},
	{
		ID: "7644-2-2", Level: Should, Text: "Basic authentication is combined with other factors.",
		Tests: []string{"services/gateway.TestRefuseToken"}, // it is not offered
	},
	{ID: "7644-2-3", Level: Shall, Text: "WWW-Authenticate names the ways to authenticate."},
	{ID: "7644-2-4", Level: Must, Text: "An authenticated client is mapped to what it may do."},
	{
		ID: "7644-2-5", Level: Must, Text: "A client is mapped to one security subject.",
		Tests: []string{"tenancy/token.TestVerify", "services/gateway.TestIsolation"},
	},
	{ID: "7644-2-6", Level: Should, Text: "Whether a request is proper depends on who sends it."},
	{
		ID: "7644-2.1-1", Level: Should, Text: "The kind, the scopes and the subjects of an authorization are considered.",
		Reason: "A token of a tenant has one scope: all of that tenant's directory.",
	},
	{ID: "7644-2.1-2", Level: Must, Text: "The threats of RFC 7521 section 8 are taken into account.", Reason: deployment},
	{ID: "7644-2.1-3", Level: Must, Text: "For other tokens similar threats are taken into account.", Reason: deployment},
	{ID: "7644-3.1-1", Level: Must, Text: "The schema of a message begins with urn:ietf:params:scim:api:."},
	{ID: "7644-3.1-2", Level: ShallNot, Text: "/Schemas lists the schemas of messages."},
	{ID: "7644-3.1-3", Level: Shall, Text: "An answer shows the resource as the provider understood it."},
	{ID: "7644-3.2-1", Level: Should, Text: "The endpoint of a type is its name in the plural."},
	{ID: "7644-3.2-2", Level: MustNot, Text: "PUT creates a resource."},
	{ID: "7644-3.2-3", Level: Should, Text: "The status of an error is that of the HTTP answer."},
	{ID: "7644-3.2-4", Level: Should, Text: "The status of an error is in the body as well."},
}

var securityRules = []Requirement{
	{ID: "7644-5-1", Level: Must, Text: "userName and password are compared as PRECIS prepares them (RFC 7613, now RFC 8265)."},
	{ID: "7644-7.2-1", Level: Must, Text: "Transport-layer security is required."},
	{ID: "7644-7.2-2", Level: Must, Text: "TLS 1.2 is supported."},
	{ID: "7644-7.3-1", Level: Must, Text: "The threats of RFC 7521 section 8 are taken into account.", Reason: deployment},
	{
		ID: "7644-7.4-1", Level: Must, Text: "A token cannot be guessed.",
		Tests: []string{"tenancy/token.TestWellFormed"},
	},
	{ID: "7644-7.4-2", Level: Must, Text: "Tokens are exchanged over TLS."},
	{
		ID: "7644-7.4-3", Level: Must, Text: "A token has a limited lifetime.",
		Tests: []string{"tenancy/token.TestVerify"},
	},
	{ID: "7644-7.4-4", Level: Should, Text: "A cookie lasts no longer than the browser's session."},
	{ID: "7644-7.5.1-1", Level: Must, Text: "The privacy considerations of RFC 7643 are considered.", Reason: deployment},
	{
		ID: "7644-7.5.2-1", Level: Should, Text: "A GET whose filter has personal data is refused with 403.",
		Reason: "Identity providers match users by GET and a filter on userName or e-mail, and none of them has another way.",
	},
	{
		ID: "7644-7.7-1", Level: Should, Text: "Access differs by client, and users may see and change what is theirs.",
		Reason: "Clients are identity providers, which are given a whole tenant; no user is one.",
	},
	{ID: "7644-7.7-2", Level: Should, Text: "Credentials are stored as section 5.1.4.1 of RFC 6819 advises.", Tests: storedSecrets},
	{
		ID: "7644-7.7-3", Level: Should, Text: "Online attacks on secrets meet countermeasures (section 5.1.4.2 of RFC 6819).",
		Tests: []string{"services/gateway.TestFailures", "services/gateway.TestNewTokenAmongFailures"},
	},
	{ID: "7644-7.8-1", Level: Must, Text: "Strings are prepared before they are compared, in filters and for uniqueness."},
}
