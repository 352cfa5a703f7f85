package requirement

// RFC 7643 sections 5 to 7: the documents by which a provider describes itself.

var configRules = []Requirement{
	{ID: "7643-5-1", Level: Required, Text: "ServiceProviderConfig has patch."},
	{ID: "7643-5-2", Level: Required, Text: "patch.supported is a boolean."},
	{ID: "7643-5-3", Level: Required, Text: "ServiceProviderConfig has bulk."},
	{ID: "7643-5-4", Level: Required, Text: "bulk.supported is a boolean."},
	{ID: "7643-5-5", Level: Required, Text: "bulk.maxOperations is an integer."},
	{ID: "7643-5-6", Level: Required, Text: "bulk.maxPayloadSize is an integer."},
	{ID: "7643-5-7", Level: Required, Text: "ServiceProviderConfig has filter."},
	{ID: "7643-5-8", Level: Required, Text: "filter.supported is a boolean."},
	{ID: "7643-5-9", Level: Required, Text: "filter.maxResults is an integer."},
	{ID: "7643-5-10", Level: Required, Text: "ServiceProviderConfig has changePassword."},
	{ID: "7643-5-11", Level: Required, Text: "changePassword.supported is a boolean."},
	{ID: "7643-5-12", Level: Required, Text: "ServiceProviderConfig has sort."},
	{ID: "7643-5-13", Level: Required, Text: "sort.supported is a boolean."},
	{ID: "7643-5-14", Level: Required, Text: "ServiceProviderConfig has etag."},
	{ID: "7643-5-15", Level: Required, Text: "etag.supported is a boolean."},
	{ID: "7643-5-16", Level: Should, Text: "authenticationSchemes can be read without authentication."},
	{ID: "7643-5-17", Level: Required, Text: "ServiceProviderConfig has authenticationSchemes."},
	{ID: "7643-5-18", Level: Required, Text: "An authentication scheme has a type that the RFC names."},
	{ID: "7643-5-19", Level: Required, Text: "An authentication scheme has a name."},
	{ID: "7643-5-20", Level: Required, Text: "An authentication scheme has a description."},
}

var resourceTypeRules = []Requirement{
	{ID: "7643-6-1", Level: Required, Text: "A resource type has all attributes but the optional ones."},
	{ID: "7643-6-2", Level: Must, Text: "A resource type has the name that meta.resourceType refers to."},
	{ID: "7643-6-3", Level: Required, Text: "name of a resource type is there."},
	{ID: "7643-6-4", Level: Must, Text: "A resource type has a description."},
	{ID: "7643-6-5", Level: Required, Text: "endpoint of a resource type is relative to the base URI."},
	{ID: "7643-6-6", Level: Must, Text: "schema of a resource type is the id of a schema."},
	{ID: "7643-6-7", Level: Required, Text: "schema of a resource type is there."},
	{ID: "7643-6-8", Level: Must, Text: "schema of an extension is the id of a schema."},
	{ID: "7643-6-9", Level: Required, Text: "schema of an extension is there."},
	{ID: "7643-6-10", Level: Must, Text: "A resource has the extensions that its type requires, with their required attributes."},
	{ID: "7643-6-11", Level: Required, Text: "required of an extension is a boolean."},
}

var schemaDefinitionRules = []Requirement{
	{ID: "7643-7-1", Level: Required, Text: "A schema and its attributes have all characteristics but the optional ones."},
	{ID: "7643-7-2", Level: Must, Text: "A schema has its URI as id."},
	{ID: "7643-7-3", Level: Required, Text: "id of a schema is there."},
	{ID: "7643-7-4", Level: Must, Text: "A schema has a name."},
	{ID: "7643-7-5", Level: Must, Text: "A schema has a description."},
	{ID: "7643-7-6", Level: Should, Text: "A complex attribute lists its sub-attributes."},
	{ID: "7643-7-7", Level: Must, Text: "An attribute has a description."},
	{ID: "7643-7-8", Level: Shall, Text: "caseExact decides how a filter compares."},
	{ID: "7643-7-9", Level: Shall, Text: "The case of a caseExact value is kept."},
	{ID: "7643-7-10", Level: ShallNot, Text: "A readOnly attribute is changed by a client."},
	{ID: "7643-7-11", Level: ShallNot, Text: "An immutable attribute is changed once it has a value."},
	{ID: "7643-7-12", Level: ShallNot, Text: "A writeOnly attribute is returned."},
	{ID: "7643-7-13", Level: Should, Text: "A value with uniqueness server is unique in the tenant."},
	{ID: "7643-7-14", Level: Should, Text: "No two resources of one server have the same such value."},
	{
		ID: "7643-7-15", Level: Should, Text: "A value with uniqueness global is unique in the world.",
		Tests: []string{"scim/schema.TestNothingIsGlobal"},
	},
	{
		ID: "7643-7-16", Level: Should, Text: "No two resources of any server have the same such value.",
		Tests: []string{"scim/schema.TestNothingIsGlobal"},
	},
	{ID: "7643-7-17", Level: Stated, Text: "An attribute that is returned always is returned whatever attributes asks for."},
	{ID: "7643-7-18", Level: Stated, Text: "An attribute that is returned never is not returned."},
	{ID: "7643-7-19", Level: Stated, Text: "An attribute that is returned by default is left out where attributes does not name it."},
	{ID: "7643-7-20", Level: Stated, Text: "An attribute that is returned on request is in an answer to the write that set it, and in others only where attributes names it."},
	{
		ID: "7643-8.7.2-1", Level: Must, Text: "An attribute that has canonical values lists them.",
		Tests: []string{"scim/schema.TestParseFillsInDefaults"}, // no attribute of the standard has any; a tenant's own may
	},
	{ID: "7643-8.7.2-2", Level: Must, Text: "A sub-attribute that has canonical values lists them."},
}
