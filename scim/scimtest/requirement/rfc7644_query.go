package requirement

// RFC 7644 sections 3.3 and 3.4: creating and reading.

var createRules = []Requirement{
	{ID: "7644-3.3-1", Level: Shall, Text: "Attributes of a new resource are taken by their mutability."},
	{ID: "7644-3.3-2", Level: Shall, Text: "readOnly attributes in the body of a POST are ignored."},
	{ID: "7644-3.3-3", Level: Shall, Text: "A created resource is answered with 201."},
	{ID: "7644-3.3-4", Level: Should, Text: "The answer to a POST has the new resource."},
	{ID: "7644-3.3-5", Level: Shall, Text: "The URI of a new resource is in Location and in meta.location."},
	{ID: "7644-3.3-6", Level: Must, Text: "A new resource that conflicts with another is refused with 409 uniqueness."},
	{ID: "7644-3.3.1-1", Level: Shall, Text: "meta.resourceType follows from the endpoint of the POST."},
	{ID: "7644-3.4.1-1", Level: Stated, Text: "GET of a resource answers 200 with the resource."},
}

var queryRules = []Requirement{
	{ID: "7644-3.4.2-1", Level: Should, Text: "Unknown parameters of a query are ignored."},
	{ID: "7644-3.4.2-2", Level: Must, Text: "The answer to a query is a ListResponse."},
	{ID: "7644-3.4.2-3", Level: Required, Text: "A list has totalResults."},
	{ID: "7644-3.4.2-4", Level: Required, Text: "A list has Resources unless totalResults is 0."},
	{ID: "7644-3.4.2-5", Level: Required, Text: "A part of a list has startIndex."},
	{ID: "7644-3.4.2-6", Level: Required, Text: "A part of a list has itemsPerPage."},
	{ID: "7644-3.4.2-7", Level: Shall, Text: "A query that matches nothing is answered with 200 and a totalResults of 0."},
	{ID: "7644-3.4.2-8", Level: Stated, Text: "totalResults counts all matches, not those of the page."},
	{ID: "7644-3.4.2.1-1", Level: Shall, Text: "A query of the root looks at all resources."},
	{
		ID: "7644-3.4.2.1-2", Level: Shall, Text: "A query with too many results is refused with 400 tooMany.",
		Reason: "No result is too many for Spoke: it answers in pages, however long the list is.",
	},
	{ID: "7644-3.4.2.1-3", Level: Must, Text: "A filter over several types works as over one."},
	{ID: "7644-3.4.2.1-4", Level: Shall, Text: "An attribute that a type does not have has no value in a filter over several types."},
}

var filterRules = []Requirement{
	{ID: "7644-3.4.2.2-1", Level: Shall, Text: "A filtered list has only resources that match."},
	{ID: "7644-3.4.2.2-2", Level: Must, Text: "A filter has at least one expression."},
	{ID: "7644-3.4.2.2-3", Level: Must, Text: "An expression has an attribute and an operator."},
	{ID: "7644-3.4.2.2-4", Level: Shall, Text: "gt, ge, lt and le on a boolean or a binary attribute are refused with 400 invalidFilter."},
	{ID: "7644-3.4.2.2-5", Level: Must, Text: "What is in brackets holds of one element."},
	{ID: "7644-3.4.2.2-6", Level: Must, Text: "What is in brackets is a filter on sub-attributes."},
	{ID: "7644-3.4.2.2-7", Level: Must, Text: "A filter keeps to the grammar."},
	{ID: "7644-3.4.2.2-8", Level: Must, Text: "Grouping comes before not, not before and, and before or."},
	{ID: "7644-3.4.2.2-9", Level: Must, Text: "A part of a complex attribute is named by its path."},
	{ID: "7644-3.4.2.2-10", Level: Shall, Text: "A filter sees the value of a defaulted attribute that was returned."},
	{ID: "7644-3.4.2.2-11", Level: Must, Text: "An operator that is not known is refused with 400 invalidFilter."},
	{ID: "7644-3.4.2.2-12", Level: Shall, Text: "caseExact decides how strings are compared."},
	{ID: "7644-3.4.2.2-13", Level: Stated, Text: "Names and operators in a filter have no case."},
	{ID: "7644-3.4.2.2-14", Level: Stated, Text: "eq finds what is identical."},
	{ID: "7644-3.4.2.2-15", Level: Stated, Text: "ne finds what is not identical."},
	{ID: "7644-3.4.2.2-16", Level: Stated, Text: "co, sw and ew find a part, the beginning and the end."},
	{ID: "7644-3.4.2.2-17", Level: Stated, Text: "pr finds what has a value, of a complex attribute what is not empty."},
	{ID: "7644-3.4.2.2-18", Level: Stated, Text: "gt, ge, lt and le compare strings by letter and times by time."},
	{ID: "7644-3.4.2.2-19", Level: Stated, Text: "A multi-valued attribute matches when one element does."},
	{ID: "7644-3.4.2.2-20", Level: Stated, Text: "A filter on schemas finds the resources with an extension."},
}

var sortRules = []Requirement{
	{ID: "7644-3.4.2.3-1", Level: Shall, Text: "sortBy names the attribute by which the list is ordered."},
	{ID: "7644-3.4.2.3-2", Level: Shall, Text: "Without sortOrder the order is ascending."},
	{ID: "7644-3.4.2.3-3", Level: Must, Text: "The order is that of the attribute's type, with case only where it is caseExact."},
	{ID: "7644-3.4.2.3-4", Level: Stated, Text: "A multi-valued attribute is ordered by its primary element, else by its first."},
	{ID: "7644-3.4.2.3-5", Level: Stated, Text: "Resources without the attribute come last, or first when descending."},
}

var pageRules = []Requirement{
	{ID: "7644-3.4.2.4-1", Level: Shall, Text: "A startIndex below 1 is 1."},
	{ID: "7644-3.4.2.4-2", Level: MustNot, Text: "Returns more resources than count."},
	{ID: "7644-3.4.2.4-3", Level: Shall, Text: "A negative count is 0."},
	{ID: "7644-3.4.2.4-4", Level: Stated, Text: "A count of 0 returns totalResults and no resources."},
	{ID: "7644-3.4.2.4-5", Level: Stated, Text: "itemsPerPage is the number of resources on the page, startIndex the place of the first."},
}

var projectionRules = []Requirement{
	{ID: "7644-3.4.2.5-1", Level: Shall, Text: "attributes and excludedAttributes decide which attributes are returned."},
	{ID: "7644-3.4.2.5-2", Level: Must, Text: "attributes and excludedAttributes are supported."},
	{ID: "7644-3.4.2.5-3", Level: Must, Text: "attributes takes names in the standard notation."},
	{ID: "7644-3.4.2.5-4", Level: Shall, Text: "excludedAttributes does not take away what is returned always."},
	{ID: "7644-3.4.2.5-5", Level: Must, Text: "excludedAttributes takes names in the standard notation."},
	{ID: "7644-3.9-1", Level: Shall, Text: "attributes replaces the default set."},
	{ID: "7644-3.9-2", Level: Must, Text: "With attributes a resource has what is returned always and what was asked for."},
	{ID: "7644-3.9-3", Level: Must, Text: "With excludedAttributes a resource has what is returned always."},
	{ID: "7644-3.9-4", Level: Stated, Text: "Both parameters work wherever a resource is returned."},
	{ID: "7644-3.10-1", Level: Stated, Text: "An attribute can be named with the URN of its schema, a sub-attribute after a dot."},
	{ID: "7644-3.10-2", Level: Stated, Text: "The URN, the attribute and the sub-attribute have no case."},
}

var searchRules = []Requirement{
	{ID: "7644-3.4.3-1", Level: Shall, Text: "A POST to /.search is a query."},
	{ID: "7644-3.4.3-2", Level: Must, Text: "The body of a search is a SearchRequest."},
	{ID: "7644-3.4.3-3", Level: Must, Text: "attributes of a search takes names in the standard notation."},
	{ID: "7644-3.4.3-4", Level: Shall, Text: "excludedAttributes of a search does not take away what is returned always."},
	{ID: "7644-3.4.3-5", Level: Must, Text: "excludedAttributes of a search takes names in the standard notation."},
	{ID: "7644-3.4.3-6", Level: Must, Text: "filter of a search is a valid filter."},
	{ID: "7644-3.4.3-7", Level: Shall, Text: "sortBy of a search decides the order."},
	{ID: "7644-3.4.3-8", Level: Must, Text: "sortBy of a search takes a name in the standard notation."},
	{ID: "7644-3.4.3-9", Level: Stated, Text: "A search is answered as a query by GET is."},
}
