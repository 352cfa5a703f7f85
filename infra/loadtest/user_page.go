package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// latePage is the page that is compared with the first one.
const latePage = 1_000

// comparePages has Spoke on both sides, with a page that cursors lead to and with the page that they begin with.
func comparePages(ctx context.Context, b *bench) ([]side, error) {
	page := min(latePage, b.options.users/pageSize)
	cursor, err := b.walk(ctx, page-1)
	return []side{
		{name: fmt.Sprintf("spoke, page %d", page), server: b.spoke, next: getPage(cursor)},
		{name: "spoke, page 1", server: b.spoke, next: getPage("")},
	}, err
}

// getPage reads the page of a cursor, which may be read as often as one likes; "" is the first one's.
func getPage(cursor string) func(client, n int) request {
	return func(int, int) request {
		return request{
			method: http.MethodGet, path: fmt.Sprintf("/Users?count=%d&cursor=%s", pageSize, cursor), status: http.StatusOK,
			want: `"userName":`, times: pageSize,
		}
	}
}

// walk reads so many pages and returns the cursor of the next one.
func (b *bench) walk(ctx context.Context, pages int) (cursor string, err error) {
	c, err := dial(ctx, b.spoke)
	if err != nil {
		return "", err
	}
	defer c.close()
	for range pages {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if err := c.do(getPage(cursor)(0, 0)); err != nil {
			return "", err
		}
		var page struct{ NextCursor string }
		if err := json.Unmarshal(c.body.Bytes(), &page); err != nil || page.NextCursor == "" {
			return "", fmt.Errorf("a page has no nextCursor: %s", excerpt(c.body.Bytes()))
		}
		cursor = page.NextCursor
	}
	return cursor, nil
}

// compareDepth has Spoke on both sides, with the last whole page by index, and with the first one.
func compareDepth(_ context.Context, b *bench) ([]side, error) {
	last := b.options.users - pageSize + 1
	return []side{
		{name: fmt.Sprintf("spoke, startIndex %d", last), server: b.spoke, next: getIndex(last)},
		{name: "spoke, startIndex 1", server: b.spoke, next: getIndex(1)},
	}, nil
}

// getIndex reads the page that begins at an index.
func getIndex(start int) func(client, n int) request {
	return func(int, int) request {
		return request{
			method: http.MethodGet, path: fmt.Sprintf("/Users?count=%d&startIndex=%d", pageSize, start), status: http.StatusOK,
			want: `"userName":`, times: pageSize,
		}
	}
}

// compareAnd has Spoke on both sides, with a filter of three terms and with one by userName.
func compareAnd(_ context.Context, b *bench) ([]side, error) {
	return []side{
		{name: "spoke, and", server: b.spoke, next: findByThree(b)},
		{name: "spoke, find", server: b.spoke, next: findUser(b)},
	}, nil
}

// findByThree asks for one user by terms of which all users meet the first two.
func findByThree(b *bench) func(client, n int) request {
	return func(client, n int) request {
		u := b.users[pick(client, n, len(b.users))]
		filter := `active eq true and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Engineering"` +
			` and title eq "Engineer ` + u.digits + `"`
		return request{
			method: http.MethodGet, path: "/Users?filter=" + url.QueryEscape(filter), status: http.StatusOK,
			want: `"userName":"` + u.name(), times: 1,
		}
	}
}
