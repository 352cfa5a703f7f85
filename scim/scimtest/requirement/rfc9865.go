package requirement

// RFC 9865: cursor-based pagination.

var cursorRules = []Requirement{
	{ID: "9865-2-1", Level: Must, Text: "An empty cursor, or none, asks for the first page."},
	{ID: "9865-2-2", Level: Shall, Text: "A negative count is 0."},
	{ID: "9865-2-3", Level: MustNot, Text: "Returns more resources than count."},
	{ID: "9865-2-4", Level: Must, Text: "Every page but the last has nextCursor."},
	{ID: "9865-2-5", Level: Must, Text: "nextCursor is left out only where there are no more pages."},
	{ID: "9865-2-6", Level: MustNot, Text: "The first page has previousCursor."},
	{ID: "9865-2-7", Level: Stated, Text: "A cursor has unreserved characters only."},
	{ID: "9865-2-8", Level: Must, Text: "The next page is asked for with the parameters of the first."},
	{ID: "9865-2-9", Level: Stated, Text: "A count of 0 returns totalResults and no resources."},
	{ID: "9865-2.1-1", Level: Should, Text: "Invalid parameters get the status and error of RFC 7644."},
	{ID: "9865-2.1-2", Level: Should, Text: "A cursor that the provider did not give is refused with invalidCursor."},
	{
		ID: "9865-2.1-3", Level: Stated, Text: "A cursor that was kept too long is refused with expiredCursor.",
		Tests: []string{"scim/provider.TestCursorExpires"}, // a client would have to wait for cursorTimeout to end
	},
	{ID: "9865-2.1-4", Level: Stated, Text: "Another count than the first is refused with invalidCount."},
	{ID: "9865-2.2-1", Level: Stated, Text: "Pages are sorted where sorting is supported."},
	{ID: "9865-2.4-1", Level: Must, Text: "A provider of both ways of paging has one for requests that choose none."},
	{ID: "9865-3-1", Level: Stated, Text: "/.search takes cursor and count in its body."},
	{ID: "9865-4-1", Level: Should, Text: "ServiceProviderConfig has pagination."},
	{ID: "9865-4-2", Level: Required, Text: "pagination.cursor is a boolean."},
	{ID: "9865-4-3", Level: Required, Text: "pagination.index is a boolean."},
	{
		ID: "9865-5.2-1", Level: Must, Text: "A page has only what its reader may see, whoever got the cursor.",
		Tests: []string{"services/gateway.TestIsolation"},
	},
	{
		ID: "9865-5.2-2", Level: Must, Text: "Each page is authorized like the first.",
		Tests: []string{"services/gateway.TestRefuseToken"},
	},
	{
		ID: "9865-5.2-3", Level: Should, Text: "A change of permissions ends the cursors of who has them.",
		Tests: []string{"services/gateway.TestRefuseToken"}, // a client may see all of its tenant, or nothing: its token is revoked
	},
	{ID: "9865-5.2-4", Level: Must, Text: "A wrong cursor tells nothing of what it was for."},
}
