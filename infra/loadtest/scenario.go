package main

import (
	"context"
	"fmt"
)

// A scenario is one kind of request, sent to two sides in turn, or to one alone. The first side is the one that is judged.
type scenario struct {
	name, what string
	// prepare makes the rows that the scenario needs and returns the sides.
	prepare func(context.Context, *bench) ([]side, error)
	// huge says that it runs on the huge directory.
	huge bool
	// clients is how many there are, whatever --clients says; 0: as it says.
	clients int
	// run measures by itself, for what is not requests to sides in turn; prepare is nil then.
	run func(context.Context, *machine, *bench) (result, error)
	// writes says that each request changes something, so that Spoke's journal gains a row for it.
	writes  bool
	targets []target
	// note says what else a result shows; nil: nothing.
	note func(result) string
}

// A side is where requests go to and how they are made. Of each client n counts from 0 on without a gap, over the
// warm-up and all rounds.
type side struct {
	name   string
	server *server
	next   func(client, n int) request
	// each is how many operations are in one request, 0 for one. Rates and processor times are those of operations.
	each int
}

func (s side) operations() int { return max(s.each, 1) }

// scenarios returns the table of scenarios, in the order in which they run. Those that read come before those that
// change what they would read.
func scenarios() []scenario {
	return []scenario{
		{name: "get", what: "GET a user by id", prepare: both(getUser), targets: halfOfBare},
		{name: "find", what: "GET the user with a userName, by a filter", prepare: both(findUser), targets: halfOfBare},
		{name: "list", what: "GET the first 100 users", prepare: both(listUsers), targets: halfOfBare},
		{name: "create", what: "POST a user", prepare: both(createUser), writes: true, targets: halfOfBare},
		{name: "patch", what: "PATCH a user's title and work e-mail, as Entra does", prepare: both(patchUser), writes: true, targets: halfOfBare},
		{
			name: "create-cost", what: "POST a user to Spoke, and to one that keeps no journal and no metrics",
			prepare: beside(createUser), writes: true, targets: cheapRecords, note: result.processorTime,
		},
		{
			name: "patch-cost", what: "PATCH a user as patch does, in both of them",
			prepare: beside(patchUser), writes: true, targets: cheapRecords, note: result.processorTime,
		},
		{
			name: "member", what: "PATCH one member in and out of a group (--group), each client its own group",
			prepare: changeMember, writes: true, targets: halfOfBare,
		},
		{
			name: "member-shared", what: "the same, all clients in one group; without a target",
			prepare: changeSharedMember, writes: true,
		},
		{
			name: "member-size", what: "PATCH one member in and out of a large group (--large) and of a group of 10",
			prepare: compareSizes, writes: true, targets: sameForAnySize,
		},
		{
			name: "bulk", what: fmt.Sprintf("POST a bulk that creates %d users, and POST users one by one; one client each", bulkSize),
			prepare: compareBulk, clients: 1, writes: true, targets: threeTimesSingles,
		},
		{
			name: "bulk-many", what: "the same with --clients clients each, who use up the machine in both ways; without a target",
			prepare: compareBulk, writes: true,
		},
		{
			name: "group-head", what: "GET a group of 100,000 (--huge-group) without its members, and one of 10", huge: true,
			prepare: compareHeads, targets: membersUntouched,
		},
		{
			name: "group-whole", what: "GET that group with all its members; what Spoke's memory grows by meanwhile", huge: true,
			prepare: readWhole, targets: boundedMemory, note: result.sizes,
		},
		{
			name: "cursor", what: fmt.Sprintf("GET page %d of the users by cursors, and page 1", latePage), huge: true,
			prepare: comparePages, targets: pageLikeFirst,
		},
		{
			name: "deep", what: "GET the last page of the users by startIndex, and page 1", huge: true,
			prepare: compareDepth, targets: deepLikeFirst,
		},
		{
			name: "and", what: "GET the user who meets an and of three terms, two of which all users meet, and find", huge: true,
			prepare: compareAnd, targets: andLikeFind,
		},
		{
			name: "member-huge", what: "PATCH one member in and out of a group of 100,000 and of one of 10; one client each", huge: true,
			prepare: compareSizes, clients: 1, writes: true, targets: alikeForAnySize,
		},
		{
			name: "round-trips", what: "count what GETs with a warm cache ask Postgres, with authentication and rate limits",
			run: countRoundTrips, targets: oneRoundTrip,
		},
		{
			name: "journal-page", what: fmt.Sprintf("read the last page of a journal of %d entries by its cursor, and the first one", journalRows),
			run: compareJournalPages, targets: lastPageLikeFirst,
		},
		{
			name: "console-page", what: fmt.Sprintf("GET the console's pages with %d users in the tenant, and with %d", consoleMany, consoleFew),
			run: compareConsolePages, targets: pagesAlike, note: result.pageRatios,
		},
		{
			name: "tenant", what: "POST a tenant with a token to the onboarding API; the bare server makes its schema and tables",
			prepare: compareTenants, clients: 1, targets: threeTimesDDL,
		},
		{
			name: "tenants", what: fmt.Sprintf("create %d tenants by one command; the last hundred and the first", manyTenants),
			run: createMany, targets: lastLikeFirst,
		},
	}
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// both makes the sides of a scenario that sends the same requests to Spoke and to the bare server.
func both(next func(*bench) func(client, n int) request) func(context.Context, *bench) ([]side, error) {
	return func(_ context.Context, b *bench) ([]side, error) {
		return b.sides(next(b)), nil
	}
}

// sides returns Spoke and the bare server with the same requests.
func (b *bench) sides(next func(client, n int) request) []side {
	return []side{{name: "spoke", server: b.spoke, next: next}, {name: "bare", server: b.bare, next: next}}
}

// pick returns an index below size that looks random and is the same on both sides.
func pick(client, n, size int) int {
	x := uint64(client+1)<<32 | uint64(n)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // SplitMix64, whose bits are well mixed
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(size))
}
