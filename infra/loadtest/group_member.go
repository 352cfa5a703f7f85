package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// changeMember gives each client a group of its own.
func changeMember(ctx context.Context, b *bench) ([]side, error) {
	groups, err := b.makeSharedGroups(ctx, "member", b.options.clients, b.options.group)
	return b.sides(memberChanges(b, groups)), err
}

// changeSharedMember has all clients change one group.
func changeSharedMember(ctx context.Context, b *bench) ([]side, error) {
	groups, err := b.makeSharedGroups(ctx, "shared", 1, b.options.group)
	return b.sides(memberChanges(b, groups)), err
}

// smallGroup is how many members the group has with which a large one is compared.
const smallGroup = 10

// compareSizes has Spoke on both sides, with a large group of each client's own and with a small one.
func compareSizes(ctx context.Context, b *bench) ([]side, error) {
	large, err := b.makeGroups(ctx, "large", b.options.clients, b.options.large)
	if err != nil {
		return nil, err
	}
	small, err := b.makeGroups(ctx, "small", b.options.clients, min(smallGroup, b.options.large))
	return []side{
		{name: "spoke, large group", server: b.spoke, next: memberChanges(b, large)},
		{name: "spoke, small group", server: b.spoke, next: memberChanges(b, small)},
	}, err
}

// memberChanges adds a client's spare user to its group and takes it out again, in the words of Entra ID.
func memberChanges(b *bench, groups []string) func(client, n int) request {
	return func(client, n int) request {
		r := request{method: http.MethodPatch, path: "/Groups/" + groups[client%len(groups)], status: http.StatusNoContent}
		const head = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"`
		if n%2 == 0 {
			r.body = head + `Add","path":"members","value":[{"value":"` + b.spares[client].id + `"}]}]}`
		} else {
			r.body = head + `Remove","path":"members","value":[{"$ref":null,"value":"` + b.spares[client].id + `"}]}]}`
		}
		return r
	}
}

func (s *bare) changeMember(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		s.answer(w, 0, nil, err)
		return
	}
	group := r.PathValue("id")
	member, _ := cutValue(body)
	if strings.Contains(body, `"op":"Add"`) {
		_, err = s.db.ExecContext(r.Context(), `INSERT INTO `+s.members+` (`+memberColumns+`)
			VALUES ($1, $2, $2, NULL, $3)`, group, member, time.Now())
	} else {
		_, err = s.db.ExecContext(r.Context(), `DELETE FROM `+s.members+` WHERE group_id = $1 AND member_id = $2`, group, member)
	}
	s.answer(w, http.StatusNoContent, nil, err)
}
