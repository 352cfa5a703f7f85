package provider

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/resource"
)

// replace answers PUT (RFC 7644 section 3.5.1). What the body leaves out is cleared, but for three things. active stays
// as it was: a client that does not speak of it must not give a disabled user access again. What is immutable stays. And
// with scim.KeepOmitted, extensions that the body does not name and members that it does not mention stay.
func (c *call) replace() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	body, object, members, err := c.decode()
	if err != nil {
		return Response{}, err
	}
	p = p.Wrote(resource.Paths(c.t, object))
	for range attempts {
		response, err := c.tryReplace(p, body, maps.Clone(object), members)
		if !errors.Is(err, ErrVersion) {
			return response, err
		}
	}
	return Response{}, c.errBusy()
}

func (c *call) tryReplace(p resource.Projection, body, object map[string]any, members []string) (Response, error) {
	// The members of a group are as the request says: only where it says nothing are they read.
	update := Update{Members: c.replacedMembers(members)}
	read := c.read(p)
	read.Relation = read.Relation && !update.Members.Replace
	old, err := c.Store.Get(c.ctx, c.t, c.id, read)
	if err != nil {
		return Response{}, c.storeError(err)
	}
	if err = c.check(old.Version); err != nil {
		return Response{}, err
	}
	before, err := old.Object()
	if err != nil {
		return Response{}, err
	}
	c.keep(body, before, object)
	if err = c.t.KeepImmutable(before, object); err != nil {
		return Response{}, err
	}
	if err = c.finish(before, object, c.id); err != nil {
		return Response{}, err
	}
	d, err := c.write(old, before, object, update, c.read(p))
	if err != nil {
		return Response{}, err
	}
	return c.changed(http.StatusOK, d, p, d.Version != old.Version)
}

// replacedMembers is the change that a PUT makes to members: the whole list of a group, nothing for a user.
func (c *call) replacedMembers(members []string) Members {
	if !c.hasMembers() || members == nil && c.lenient.Allow(scim.KeepOmitted) {
		return Members{}
	}
	return Members{Replace: true, Add: members}
}

func (c *call) hasMembers() bool { return c.t.Relation == "members" }

// keep carries over what a PUT may leave out without clearing it.
func (c *call) keep(body, before, object map[string]any) {
	keepActive(before, object)
	for _, e := range c.t.Extensions {
		fields, had := before[e.Schema.ID]
		silent := object[e.Schema.ID] == nil && !mentions(body, e.Schema.ID) && !listed(body, e.Schema.ID)
		if had && silent && c.lenient.Allow(scim.KeepOmitted) {
			object[e.Schema.ID] = fields
		}
	}
}

// keepActive leaves active as it was where a change clears it: nobody is left to guess whether a user may use the service,
// and a disabled user does not get access again because a client says nothing.
func keepActive(before, object map[string]any) {
	if active, ok := before["active"]; ok && object["active"] == nil {
		object["active"] = active
	}
}

// listed tells whether the schemas of a body name the URN.
func listed(body map[string]any, urn string) bool {
	schemas, _ := member(body, "schemas")
	list, _ := schemas.([]any)
	for _, item := range list {
		if name, _ := item.(string); strings.EqualFold(name, urn) {
			return true
		}
	}
	return false
}

// write stores object where it differs from before, with the change of members, and returns the document that results.
func (c *call) write(old resource.Document, before, object map[string]any, update Update, read Read) (resource.Document, error) {
	update.ID, update.At, update.Version = c.id, c.now(), old.Version
	if update.Changes = resource.Changes(c.t, before, object); len(update.Changes) > 0 {
		update.Object, update.Body = object, resource.Encode(c.t, object)
	} else if update.Members.Empty() {
		return old, nil
	} else if !c.condition().match.tags() {
		update.Version = 0
	}
	updated, err := c.Store.Update(c.ctx, c.t, update, read)
	if err != nil {
		return resource.Document{}, c.storeError(err)
	}
	if update.Body != nil {
		old.Body = update.Body
	}
	old.Version, old.Modified = updated.Version, updated.Modified
	if update.Members.Replace {
		old.Relation = updated.Relation
	}
	return old, nil
}
