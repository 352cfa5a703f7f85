package provider

import (
	"net/http"
	"slices"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
)

// attempts bounds how often a change is tried again when others change the resource between its read and its write.
const attempts = 10

// body reads the body, which an operation of a bulk brings along.
func (c *call) body() (map[string]any, error) {
	if c.part != nil {
		return c.part.data, nil
	}
	return resource.Decode(c.request.Body, c.lenient)
}

// decode reads the body, with each value in its place, and the canonical object that it means, and takes the ids of the
// members out of it. members is nil where the body says nothing of members.
func (c *call) decode() (body, object map[string]any, members []string, err error) {
	if body, err = c.body(); err != nil {
		return nil, nil, nil, err
	}
	body = c.identifyMembers(c.t.Nested(body, c.lenient))
	if object, err = c.t.Canonical(body, c.lenient); err != nil {
		return nil, nil, nil, err
	}
	members, err = c.takeMembers(body, object)
	return body, object, members, err
}

func (c *call) takeMembers(body, object map[string]any) ([]string, error) {
	list, _ := object[c.t.Relation].([]any)
	delete(object, c.t.Relation)
	given, mentioned := member(body, c.t.Relation)
	if !c.hasMembers() || !mentioned || given == nil && c.lenient.Allow(scim.KeepOmitted) {
		return nil, nil
	}
	members := make([]string, 0, len(list))
	for _, item := range list {
		fields, _ := item.(map[string]any)
		id, _ := fields["value"].(string)
		members = append(members, id)
	}
	if slices.Contains(members, "") || hasNameless(given) {
		return nil, scim.BadRequest(scim.InvalidValue, "Each of members needs a value: the id of a User or a Group.").Breaks(scim.RuleMembersValue).About(c.t.Relation)
	}
	return members, nil
}

// hasNameless tells whether a list of members, as the client sent it, has an element that does not say who it is. The
// canonical list has lost it where all that it says is read-only, and a PUT would empty the group.
func hasNameless(given any) bool {
	list, ok := given.([]any)
	if !ok && given != nil {
		list = []any{given}
	}
	for _, item := range list {
		id := item // a plain string, where that is tolerated
		if fields, ok := item.(map[string]any); ok {
			id, _ = member(fields, "value")
		}
		if id == nil || id == "" {
			return true
		}
	}
	return false
}

// member returns the member of an object by its name in any case, and whether it is there.
func member(object map[string]any, name string) (value any, ok bool) {
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return nil, false
}

// mentions tells whether the body has a member of that name, in any case and with whatever value.
func mentions(body map[string]any, name string) bool {
	_, ok := member(body, name)
	return ok
}

// finish makes a changed object whole: references follow their values, required attributes are there, schemas fits.
// before is what the resource was, nil for a new one: it may not begin to use an extension that is closed.
func (c *call) finish(before, object map[string]any, id string) error {
	object["id"] = id
	for _, e := range c.t.Extensions {
		fields, _ := object[e.Schema.ID].(map[string]any)
		if e.Closed && len(fields) > 0 && before[e.Schema.ID] == nil {
			return &scim.Error{
				Status: http.StatusServiceUnavailable, Rule: scim.RuleExtensionClosed, Attribute: e.Schema.ID,
				Detail: "The schema " + e.Schema.ID + " is being removed from this tenant, so a resource without data under it cannot get any now. Send the request again later, or without it.",
			}
		}
		for i := range e.Schema.Attributes {
			c.setReference(fields, &e.Schema.Attributes[i])
		}
		if len(fields) == 0 {
			delete(object, e.Schema.ID)
		}
	}
	return c.t.Finish(object)
}

// setDefaults gives a new user what a client may leave out: who is created may use the service unless it says not.
func (c *call) setDefaults(object map[string]any) {
	if a := c.t.Schema.Attribute("active"); a != nil && object[a.Name] == nil {
		object[a.Name] = true
	}
}
