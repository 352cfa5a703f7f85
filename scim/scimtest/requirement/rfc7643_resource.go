package requirement

// RFC 7643 sections 1 to 3: attributes, their types, and what every resource has.

const (
	opaque     = "The value is the client's: the provider cannot know what it stands for, and keeps it as sent."
	asSent     = "Identity providers compare what they read with what they sent and would repair a value that came back in another form at each cycle. It is kept as sent and compared without case."
	noPassword = "A password is accepted and kept nowhere, so there is none to prepare or pass on."
)

var schemaRules = []Requirement{
	{ID: "7643-1.2-1", Level: MustNot, Text: "A simple attribute has sub-attributes."},
	{ID: "7643-2.1-1", Level: Must, Text: "A resource names its schemas in schemas."},
	{ID: "7643-2.1-2", Level: Must, Text: "The name of an attribute begins with a letter and has only letters, digits, $, - and _."},
	{ID: "7643-2.1-3", Level: Stated, Text: "Names of attributes have no case."},
	{ID: "7643-2.3-1", Level: ShouldNot, Text: "An extension invents types of data."},
	{ID: "7643-2.3.4-1", Level: MustNot, Text: "An integer has a fraction or an exponent."},
	{ID: "7643-2.3.5-1", Level: Must, Text: "A dateTime is a valid xsd:dateTime."},
	{ID: "7643-2.3.5-2", Level: Must, Text: "A dateTime has both a date and a time."},
	{ID: "7643-2.3.5-3", Level: Must, Text: "A dateTime in JSON is a string that keeps to the same."},
	{ID: "7643-2.3.6-1", Level: Must, Text: "A binary value is encoded in base64."},
	{ID: "7643-2.3.7-1", Level: Must, Text: "A reference is the absolute or relative URI of what it points to."},
	{ID: "7643-2.3.7-2", Level: Must, Text: "A relative reference is resolved against the base URI of the endpoints."},
	{ID: "7643-2.3.7-3", Level: Must, Text: "A reference leads to something that HTTP can address."},
	{ID: "7643-2.3.7-4", Level: Must, Text: "A GET on a reference answers with what it points to, or says why not."},
	{ID: "7643-2.3.8-1", Level: MustNot, Text: "Requires the members of an object in an order."},
	{ID: "7643-2.3.8-2", Level: MustNot, Text: "A complex attribute has sub-attributes that are complex."},
	{ID: "7643-2.4-1", Level: Shall, Text: "A multi-valued attribute whose elements are objects is complex."},
	{ID: "7643-2.4-2", Level: Must, Text: "type, primary, display, value and $ref of an element mean what the RFC says."},
	{ID: "7643-2.4-3", Level: Must, Text: "At most one element is primary."},
	{ID: "7643-2.4-4", Level: Shall, Text: "An element that does not say so is not primary."},
	{ID: "7643-2.4-5", Level: Shall, Text: "References that differ in the version of the protocol alone are the same."},
	{ID: "7643-2.4-6", Level: Should, Text: "Elements are returned in canonical form where that makes sense.", Reason: asSent},
	{ID: "7643-2.4-7", Level: ShouldNot, Text: "Two elements of one attribute have the same type and value."},
	{ID: "7643-2.5-1", Level: Shall, Text: "null, an empty array and absence are the same state."},
	{ID: "7643-2.5-2", Level: Stated, Text: "null or an empty array makes an attribute unassigned."},
}

var commonRules = []Requirement{
	{ID: "7643-3-1", Level: Required, Text: "Every resource and message has schemas."},
	{ID: "7643-3-2", Level: Must, Text: "schemas is a non-empty array of the URIs in use."},
	{ID: "7643-3-3", Level: Must, Text: "schemas of a resource has only the schema and the extensions of its type."},
	{ID: "7643-3-4", Level: MustNot, Text: "schemas repeats a value."},
	{ID: "7643-3-5", Level: MustNot, Text: "The order of schemas makes a difference."},
	{ID: "7643-3-6", Level: Shall, Text: "The common attributes are there whatever schemas says."},
	{ID: "7643-3.1-1", Level: Must, Text: "id, externalId and meta are defined for every type of resource."},
	{ID: "7643-3.1-2", Level: Must, Text: "Assigns id and meta to a resource that it accepts."},
	{ID: "7643-3.1-3", Level: Shall, Text: "The characteristics of common attributes are those of the RFC, whatever a schema lists."},
	{ID: "7643-3.1-4", Level: Must, Text: "Each representation of a resource has a non-empty id."},
	{ID: "7643-3.1-5", Level: Must, Text: "An id is unique among all resources of the provider."},
	{ID: "7643-3.1-6", Level: Must, Text: "An id is stable and is not given to another resource."},
	{ID: "7643-3.1-7", Level: MustNot, Text: "The client chooses the id."},
	{ID: "7643-3.1-8", Level: MustNot, Text: "An id contains the word bulkId."},
	{ID: "7643-3.1-9", Level: MustNot, Text: "The provider makes an externalId."},
	{
		ID: "7643-3.1-10", Level: Must, Text: "An externalId belongs to the domain of the client that set it.",
		Tests: []string{"services/gateway.TestSameNames"},
	},
	{ID: "7643-3.1-11", Level: Shall, Text: "meta is ignored when a client sends it."},
	{ID: "7643-3.1-12", Level: Must, Text: "meta.created is a dateTime."},
	{ID: "7643-3.1-13", Level: Must, Text: "meta.lastModified is meta.created until the first change."},
	{ID: "7643-3.1-14", Level: Must, Text: "meta.location is the Content-Location of the answer."},
	{ID: "7643-3.1-15", Level: Stated, Text: "meta.version is the ETag of the answer."},
	{ID: "7643-3.1-16", Level: Must, Text: "An entity tag that is no strong validator is marked weak by W/."},
	{ID: "7643-3.3-1", Level: Must, Text: "schemas has at least one value."},
	{ID: "7643-3.3-2", Level: Shall, Text: "schemas has the base schema of the resource."},
	{ID: "7643-3.3-3", Level: Should, Text: "An extension does not define an attribute of the core again."},
	{ID: "7643-3.3-4", Level: Should, Text: "An extension keeps to the conventions of the RFC."},
	{ID: "7643-3.3-5", Level: Shall, Text: "The attributes of an extension are in an object named by its URI."},
}
