package requirement

// RFC 7644 sections 3.2, 3.8 and 3.11 to 4: formats, errors, versions, discovery; section 8.1: the media type.

var endpointRules = []Requirement{
	{ID: "7644-3.11-1", Level: Should, Text: "A provider without /Me answers it with 501."},
	{ID: "7644-3.11-2", Level: Must, Text: "Location of an answer from /Me is the permanent URI of the resource."},
}

var formatRules = []Requirement{
	{ID: "7644-3.8-1", Level: Must, Text: "Requests are accepted and answered in JSON in UTF-8."},
	{ID: "7644-3.8-2", Level: Shall, Text: "UTF-8 is the default."},
	{ID: "7644-3.8-3", Level: Must, Text: "Accept: application/scim+json is supported."},
	{ID: "7644-3.8-4", Level: Should, Text: "Accept: application/json is supported."},
	{ID: "7644-8.1-1", Level: Should, Text: "The media type is application/scim+json."},
}

var errorRules = []Requirement{
	{ID: "7644-3.12-1", Level: Must, Text: "An error is a JSON body of the schema Error."},
	{ID: "7644-3.12-2", Level: Required, Text: "An error has its status, as a string."},
	{ID: "7644-3.12-3", Level: Should, Text: "Statuses are used as the RFC describes."},
	{ID: "7644-3.12-4", Level: Should, Text: "An internal error helps to find its cause.", Tests: []string{"services/gateway.TestPanic"}},
	{ID: "7644-3.12-5", Level: Stated, Text: "invalidFilter is for a filter that is broken or compares what cannot be compared."},
	{ID: "7644-3.12-6", Level: Stated, Text: "invalidSyntax is for a body that is broken or no such message."},
	{ID: "7644-3.12-7", Level: Stated, Text: "invalidPath is for a path that is broken."},
	{ID: "7644-3.12-8", Level: Stated, Text: "invalidValue is for a value that is missing or does not fit."},
	{ID: "7644-3.12-9", Level: Stated, Text: "uniqueness is for a value that is taken, in POST, PUT and PATCH."},
}

var versionRules = []Requirement{
	{ID: "7644-3.13-1", Level: Must, Text: "The version is v and a number, right before the endpoint."},
	{ID: "7644-3.13-2", Level: Must, Text: "A request of another version is done by that version or refused."},
	{
		ID: "7644-3.13-3", Level: Should, Text: "Without a version the newest is used.",
		Reason: "The base URI that is given out has the version in it; there is none without.",
	},
	{ID: "7644-3.14-1", Level: Must, Text: "Entity tags, where supported, are in the header ETag."},
	{ID: "7644-3.14-2", Level: Should, Text: "Entity tags, where supported, are in meta.version."},
	{ID: "7644-3.14-3", Level: Stated, Text: "If-None-Match with the current tag is answered with 304 and no body."},
	{ID: "7644-3.14-4", Level: Stated, Text: "PUT and PATCH with If-Match succeed only with the current tag."},
}

var discoveryRules = []Requirement{
	{ID: "7644-4-1", Level: Shall, Text: "/ServiceProviderConfig answers with an object of its schema."},
	{ID: "7644-4-2", Level: Shall, Text: "/Schemas lists all schemas in a ListResponse."},
	{ID: "7644-4-3", Level: Shall, Text: "Several resource types or schemas come in a ListResponse."},
	{ID: "7644-4-4", Level: Shall, Text: "Discovery ignores paging and sorting."},
	{ID: "7644-4-5", Level: Should, Text: "Discovery refuses a filter with 403."},
	{ID: "7644-4-6", Level: Stated, Text: "One resource type or schema is answered as one resource is."},
}
