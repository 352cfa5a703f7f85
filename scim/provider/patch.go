package provider

import (
	"errors"
	"net/http"
	"strings"

	"github.com/askspoke/spoke/scim/filter"
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
	body, err := resource.Decode(c.request.Body, c.lenient)
	if err != nil {
		return Response{}, err
	}
	operations, err := patch.Decode(body, c.lenient)
	if err != nil {
		return Response{}, err
	}
	for range attempts {
		d, err := c.tryPatch(p, operations)
		switch {
		case errors.Is(err, ErrVersion):
			continue
		case err != nil:
			return Response{}, err
		case !c.hasMembers():
			return c.document(http.StatusOK, d, p)
		case p.Chosen():
			return c.get()
		default:
			return noContent(), nil
		}
	}
	return Response{}, c.errBusy()
}

// tryPatch reads, applies and writes. Of a group the document that it returns has no members.
func (c *call) tryPatch(p resource.Projection, operations []patch.Operation) (resource.Document, error) {
	if done, err := c.tryMembers(operations); done || err != nil {
		return resource.Document{}, err
	}
	read := c.read(p)
	read.Relation = read.Relation && !c.hasMembers()
	old, err := c.Store.Get(c.ctx, c.t, c.id, read)
	if err != nil {
		return resource.Document{}, c.storeError(err)
	}
	before, err := old.Object()
	if err != nil {
		return resource.Document{}, err
	}
	result, err := patch.Apply(c.t, before, operations, c.lenient)
	if err != nil {
		return resource.Document{}, err
	}
	if err = c.finish(result.Object, c.id); err != nil {
		return resource.Document{}, err
	}
	members, err := c.members(result.Relation)
	if err != nil {
		return resource.Document{}, err
	}
	return c.write(old, before, result.Object, Update{Members: members}, Read{Base: c.Base})
}

// tryMembers changes the members of a group without a look at the group, where that is all that the operations do: one
// statement, whose cost depends on the change and not on the group. It has done nothing when it returns false.
func (c *call) tryMembers(operations []patch.Operation) (done bool, err error) {
	if !c.hasMembers() {
		return false, nil
	}
	for _, o := range operations {
		name, _, _ := strings.Cut(o.Path, "[")
		if ref, ok := c.t.Resolve(name, nil); !ok || ref.Attribute == nil || ref.Attribute.Name != c.t.Relation {
			return false, nil
		}
	}
	result, err := patch.Apply(c.t, map[string]any{}, operations, c.lenient)
	if err != nil {
		return false, err
	}
	change := patch.Fold(result.Relation)
	members := Members{Replace: change.Replace, Add: change.Add, Remove: change.Remove}
	if change.Where || members.Empty() {
		return false, nil
	}
	_, err = c.Store.Update(c.ctx, c.t, Update{ID: c.id, At: c.now(), Members: members}, Read{Base: c.Base})
	if err != nil {
		return false, c.storeError(err)
	}
	return true, nil
}

// members folds the edits of members into one change. Edits that choose members by a filter are answered from the
// members that the group has, and those that the request itself added before.
func (c *call) members(edits []patch.Edit) (Members, error) {
	var current []any
	for i, edit := range edits {
		if edit.Where == nil {
			continue
		}
		if current == nil {
			d, err := c.Store.Get(c.ctx, c.t, c.id, Read{Base: c.Base, Relation: true})
			if err != nil {
				return Members{}, c.storeError(err)
			}
			whole, err := d.Whole(c.t, c.Base)
			if err != nil {
				return Members{}, err
			}
			current, _ = whole[c.t.Relation].([]any)
		}
		edits[i] = patch.Edit{Op: patch.Remove, Values: matching(edit.Where, append(current, added(edits[:i])...))}
	}
	change := patch.Fold(edits)
	return Members{Replace: change.Replace, Add: change.Add, Remove: change.Remove}, nil
}

func matching(where filter.Node, elements []any) []string {
	var ids []string
	for _, element := range elements {
		if !filter.MatchElement(where, element) {
			continue
		}
		if fields, ok := element.(map[string]any); ok {
			if id, ok := fields["value"].(string); ok {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// added lists the members that earlier edits add, as far as they are known.
func added(edits []patch.Edit) []any {
	var elements []any
	for _, id := range patch.Fold(edits).Add {
		elements = append(elements, map[string]any{"value": id})
	}
	return elements
}
