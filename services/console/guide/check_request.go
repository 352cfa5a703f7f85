package guide

import (
	"slices"
	"strings"

	"github.com/askspoke/spoke/observability/health"
	"github.com/askspoke/spoke/tenancy"
)

// rule is by which requests a check passes or fails.
type rule struct {
	resource  string
	actions   []health.Action
	needs     tenancy.Scopes
	one, many string // what has happened
}

var rules = map[CheckKind]rule{
	CheckSearch: {"User", []health.Action{health.Read}, tenancy.ReadUsers, "read of users was answered", "reads of users were answered"},
	CheckUser:   {"User", []health.Action{health.Create}, tenancy.WriteUsers, "user was created", "users were created"},
	CheckFind:   {"User", []health.Action{health.Read}, tenancy.ReadUsers, "read of users was answered", "reads of users were answered"},
	CheckGroup:  {"Group", []health.Action{health.Create}, tenancy.WriteGroups, "group was created", "groups were created"},
	CheckMember: {"Group", []health.Action{health.MemberAdd, health.Reference}, tenancy.WriteGroups, "change of members was made", "changes of members were made"},
	CheckUpdate: {"User", []health.Action{health.Update, health.Restore}, tenancy.WriteUsers, "change of a user was accepted", "changes of users were accepted"},
	CheckLeave:  {"User", []health.Action{health.Disable, health.Delete}, tenancy.WriteUsers, "user was disabled or deleted", "users were disabled or deleted"},
}

// request says whether requests of the kind were accepted, or else why they were refused.
func (f Facts) request(c *Check) {
	r := rules[c.Kind]
	of := func(q Requests) bool { return q.Resource == r.resource && slices.Contains(r.actions, q.Action) }
	good := f.sum(func(q Requests) bool {
		return of(q) && (q.Outcome == health.Accepted || q.Outcome == health.Unchanged && c.Kind == CheckUpdate)
	})
	bad := f.sum(func(q Requests) bool { return of(q) && isBad(q.Outcome) })
	held := f.sum(func(q Requests) bool { return of(q) && q.Outcome == health.Held })
	switch {
	case c.Kind == CheckFind && good.Count > 0:
		if !good.FoundAt.IsZero() {
			c.State, c.At, c.Do, c.Detail = Passed, good.FoundAt, "", "A list of users was read that has some."
		}
	case good.Count > 0:
		c.State, c.At, c.Do, c.Detail = Passed, good.FirstAt, "", sentence(good.Count, r.one, r.many)
		if bad.Count > 0 {
			c.Detail += " " + sentence(bad.Count, "other was refused", "others were refused")
		}
	case c.Kind == CheckMember && f.Linked:
		c.State, c.Do, c.Detail = Passed, "", "A group has members."
	case held.Count > 0:
		c.At, c.Detail, c.Do = held.LastAt, sentence(held.Count, "removal waits in the deletion guard", "removals wait in the deletion guard"), "Decide about it under Deletion guard."
	case bad.Count > 0:
		f.refused(c, r, bad)
	case f.Credential.Scopes != tenancy.NoScopes && !f.Credential.Scopes.Has(r.needs):
		c.fail("The token may not do this: it is for "+f.Credential.Scopes.String()+".", "Make a token that may, if this provider is to.")
	}
	c.By = f.by(r, c.State)
}

// by returns by which credentials the latest requests came that made a check what it is.
func (f Facts) by(r rule, state State) []string {
	var names []string
	for _, e := range f.Latest {
		if e.By != "" && e.Resource == r.resource && slices.Contains(r.actions, e.Action) && e.Refused == (state != Passed) && !slices.Contains(names, e.By) {
			names = append(names, e.By)
		}
	}
	slices.Sort(names)
	return names
}

// refused explains a check whose requests were all refused, by the latest of them.
func (f Facts) refused(c *Check, r rule, bad Requests) {
	c.At = bad.LastAt
	c.fail(sentence(bad.Count, "request was refused", "requests were refused"), "Look into the provisioning log for why.")
	why, ok := f.refusal(func(q Refusal) bool {
		reference := strings.HasPrefix(q.Rule, "members.") || strings.HasPrefix(q.Attribute, "members")
		return q.Resource == r.resource && (slices.Contains(r.actions, health.Action(q.Action)) || reference && c.Kind == CheckMember)
	})
	if !ok {
		return
	}
	c.Entry = why.ID
	if why.Detail != "" {
		c.Detail = why.Detail
	}
	if why.Hint != "" {
		c.Do = why.Hint
	}
}

func isBad(o health.Outcome) bool {
	return o == health.Refused || o == health.Failed || o == health.Limited || o == health.Forbidden
}

// sum adds up the requests that are.
func (f Facts) sum(is func(Requests) bool) (all Requests) {
	for _, r := range f.Requests {
		if !is(r) || r.Count == 0 {
			continue
		}
		if all.FirstAt.IsZero() || r.FirstAt.Before(all.FirstAt) {
			all.FirstAt = r.FirstAt
		}
		if r.LastAt.After(all.LastAt) {
			all.LastAt = r.LastAt
		}
		if all.FoundAt.IsZero() || !r.FoundAt.IsZero() && r.FoundAt.Before(all.FoundAt) {
			all.FoundAt = r.FoundAt
		}
		all.Count += r.Count
	}
	return all
}

// refusal returns the latest refusal that is.
func (f Facts) refusal(is func(Refusal) bool) (Refusal, bool) {
	if i := slices.IndexFunc(f.Refusals, is); i >= 0 {
		return f.Refusals[i], true
	}
	return Refusal{}, false
}

func sentence(n int64, one, many string) string { return counted(n, one, many) + "." }
