package provider

import (
	"errors"
	"net/http"

	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/resource"
)

// patch answers PATCH (RFC 7644 section 3.5.2): a user with 200 and the resource, a group with 204, which Entra ID
// prefers, unless the client chose attributes.
func (c *call) patch() (Response, error) {
	p, err := c.projection()
	if err != nil {
		return Response{}, err
	}
	body, err := c.body()
	if err != nil {
		return Response{}, err
	}
	operations, err := patch.Decode(body, c.lenient)
	if err != nil {
		return Response{}, err
	}
	c.identifyOperations(operations)
	for range attempts {
		d, changed, written, err := c.tryPatch(p, operations)
		p := p.Wrote(written)
		switch {
		case errors.Is(err, ErrVersion):
			continue
		case err != nil:
			return Response{}, err
		case !c.hasMembers():
			return c.changed(http.StatusOK, d, p, changed)
		case p.Chosen():
			return c.getChanged(p, changed)
		default:
			return Response{Status: http.StatusNoContent, ETag: d.ETag(), Changed: changed}, nil
		}
	}
	return Response{}, c.errBusy()
}

// tryPatch reads, applies and writes. Of a group the document that it returns has no members. written are the paths of the
// attributes that the operations name.
func (c *call) tryPatch(p resource.Projection, operations []patch.Operation) (d resource.Document, changed bool, written []string, err error) {
	if version, changed, err := c.tryMembers(operations); version != 0 || err != nil {
		return resource.Document{Version: version}, changed, nil, err
	}
	read := c.read(p)
	read.Relation = read.Relation && !c.hasMembers()
	old, err := c.Store.Get(c.ctx, c.t, c.id, read)
	if err != nil {
		return d, false, nil, c.storeError(err)
	}
	if err = c.check(old.Version); err != nil {
		return d, false, nil, err
	}
	before, err := old.Object()
	if err != nil {
		return d, false, nil, err
	}
	result, err := patch.Apply(c.t, before, operations, c.lenient)
	if err != nil {
		return d, false, nil, err
	}
	keepActive(before, result.Object)
	if err = c.finish(before, result.Object, c.id); err != nil {
		return d, false, nil, err
	}
	members, err := c.members(result.Relation, old.Version)
	if err != nil {
		return d, false, nil, err
	}
	d, err = c.write(old, before, result.Object, Update{Members: members}, Read{Base: c.Base})
	return d, d.Version != old.Version, result.Written, err
}

// tryMembers changes the members of a group without a look at the group, where that is all that the operations do: one
// statement, whose cost depends on the change and not on the group. It returns the version that the group has then, and
// 0 where it has done nothing.
func (c *call) tryMembers(operations []patch.Operation) (version int64, changed bool, err error) {
	if !c.hasMembers() {
		return 0, false, nil
	}
	for _, o := range operations {
		if !c.ofMembers(o) {
			return 0, false, nil
		}
	}
	result, err := patch.Apply(c.t, map[string]any{}, operations, c.lenient)
	if err != nil {
		return 0, false, err
	}
	delta, ok := patch.Fold(result.Relation)
	members := Members(delta)
	if !ok || members.Empty() {
		return 0, false, nil
	}
	pinned, err := c.pin()
	if err != nil {
		return 0, false, err
	}
	updated, err := c.Store.Update(c.ctx, c.t, Update{ID: c.id, Version: pinned, At: c.now(), Members: members}, Read{Base: c.Base})
	if err != nil {
		return 0, false, c.storeError(err)
	}
	return updated.Version, updated.Changed, nil
}

// members folds the edits of members into one change. Edits that choose members by a filter are resolved against the
// members that the group has; ErrVersion says that it is not at the version any more that the rest was made from.
func (c *call) members(edits []patch.Edit, version int64) (Members, error) {
	delta, ok := patch.Fold(edits)
	if ok {
		return Members(delta), nil
	}
	d, err := c.Store.Get(c.ctx, c.t, c.id, Read{Base: c.Base, Relation: true})
	if err != nil {
		return Members{}, c.storeError(err)
	}
	if d.Version != version {
		return Members{}, ErrVersion
	}
	whole, err := d.Whole(c.t, c.Base)
	if err != nil {
		return Members{}, err
	}
	stored, _ := whole[c.t.Relation].([]any)
	for i := range edits {
		edits[i].Where = c.references(edits[i].Where, c.t)
	}
	if edits, err = patch.Resolve(c.t, edits, stored, c.lenient); err != nil {
		return Members{}, err
	}
	delta, _ = patch.Fold(edits)
	return Members(delta), nil
}
