package directory

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/askspoke/spoke/scim/schema"
	"github.com/askspoke/spoke/tenancy"
)

// builtIn returns the resource types as every tenant has them.
func builtIn() []*schema.ResourceType {
	return []*schema.ResourceType{schema.User(schema.SpokeCustom()), schema.Group()}
}

// ResourceTypes returns the resource types of a tenant: what every tenant has, and the extensions given. They are built
// anew and safe for concurrent use: whoever serves many requests keeps them, by the digest.
func ResourceTypes(added *tenancy.Extensions) ([]*schema.ResourceType, error) {
	list := builtIn()
	if added == nil {
		return list, nil
	}
	for _, e := range added.List {
		s := &schema.Schema{}
		if err := json.Unmarshal([]byte(e.Document), s); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", e.URN, err)
		}
		s.Describe() // documents that were stored before Parse did
		i := position(list, e.ResourceType)
		if i < 0 {
			return nil, fmt.Errorf("schema %s extends %q, which is no resource type", e.URN, e.ResourceType)
		}
		list[i] = list[i].Extended(schema.Extension{Schema: s, Closed: !e.ClosedAt.IsZero()})
	}
	return list, nil
}

// position finds a resource type by its name, -1 for none.
func position(list []*schema.ResourceType, name string) int {
	for i, t := range list {
		if t.Name == name {
			return i
		}
	}
	return -1
}

// ParseExtension reads a SCIM schema document as an extension of the resource type "User" or "Group". The document that
// it returns is complete. The error is a *schema.DocumentError.
func ParseExtension(document []byte, resourceType string) (tenancy.Extension, error) {
	s, err := schema.Parse(document)
	if err != nil {
		return tenancy.Extension{}, err
	}
	if position(builtIn(), resourceType) < 0 {
		return tenancy.Extension{}, &schema.DocumentError{Problems: []string{fmt.Sprintf("there is no resource type %q to extend: it is User or Group", schema.Shorten(resourceType))}}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return tenancy.Extension{}, fmt.Errorf("encode schema %s: %w", s.ID, err)
	}
	return tenancy.Extension{URN: s.ID, ResourceType: resourceType, Document: string(text)}, nil
}

// CheckExtension tells whether a tenant that has some extensions may get another, or a new document for one of them: one
// that fits, and defines no attribute that the resource type has already (RFC 7643 section 3.3), since under its bare name
// nobody would reach it. One that the extension had before stays. The error is a *schema.DocumentError.
func CheckExtension(next tenancy.Extension, existing []tenancy.Extension) error {
	if err := FitExtension(next, existing); err != nil {
		return err
	}
	var old schema.Schema
	for _, e := range existing {
		if e.URN != next.URN {
			continue
		}
		if err := json.Unmarshal([]byte(e.Document), &old); err != nil {
			return fmt.Errorf("read schema %s: %w", e.URN, err)
		}
	}
	return checkNames(next, &old)
}

// checkNames refuses attributes of the core that old does not have.
func checkNames(next tenancy.Extension, old *schema.Schema) error {
	types := builtIn()
	i := position(types, next.ResourceType)
	if i < 0 {
		return &schema.DocumentError{Problems: []string{fmt.Sprintf("there is no resource type %q to extend: it is User or Group", schema.Shorten(next.ResourceType))}}
	}
	var s schema.Schema
	if err := json.Unmarshal([]byte(next.Document), &s); err != nil {
		return fmt.Errorf("read schema %s: %w", next.URN, err)
	}
	var problems []string
	for _, a := range s.Attributes {
		if core := types[i].Schema.Attribute(a.Name); core != nil && old.Attribute(a.Name) == nil {
			problems = append(problems, fmt.Sprintf("attribute %q: every %s has an attribute %s already (RFC 7643 section 3.3): choose another name", a.Name, next.ResourceType, core.Name))
		}
	}
	if len(problems) > 0 {
		return &schema.DocumentError{Problems: problems}
	}
	return nil
}

// FitExtension tells whether an extension can be beside the others of a tenant, or be a new document for one of them,
// whatever its attributes are called. The error is a *schema.DocumentError.
func FitExtension(next tenancy.Extension, existing []tenancy.Extension) error {
	var others []string
	for _, t := range builtIn() {
		others = append(others, t.Schema.ID)
		for _, e := range t.Extensions {
			others = append(others, e.Schema.ID)
		}
	}
	for _, e := range existing {
		if e.URN == next.URN {
			return checkReplacement(e, next)
		}
		others = append(others, e.URN)
	}
	if err := schema.CheckURN(next.URN, others...); err != nil {
		return &schema.DocumentError{Problems: []string{"id: " + err.Error()}}
	}
	return nil
}

func checkReplacement(e, next tenancy.Extension) error {
	if e.ResourceType != next.ResourceType {
		return &schema.DocumentError{Problems: []string{fmt.Sprintf("%s extends %s and cannot extend %s instead", e.URN, e.ResourceType, next.ResourceType)}}
	}
	var was, is schema.Schema
	if err := json.Unmarshal([]byte(e.Document), &was); err != nil {
		return fmt.Errorf("read schema %s: %w", e.URN, err)
	}
	if err := json.Unmarshal([]byte(next.Document), &is); err != nil {
		return fmt.Errorf("read schema %s: %w", next.URN, err)
	}
	return was.CheckReplacement(&is)
}

// ExtensionUse returns how many resources of the type have data under an extension, and the id of one of them. The index
// of the search form answers it: schemas names an extension if and only if there is data.
func (s Store) ExtensionUse(ctx context.Context, resourceType, urn string) (count int, example string, err error) {
	types := builtIn()
	i := position(types, resourceType)
	if i < 0 {
		return 0, "", fmt.Errorf("look for data of schema %s: there is no resource type %q", urn, resourceType)
	}
	names, err := json.Marshal(map[string][]string{"schemas": {schema.Fold(urn)}})
	if err != nil {
		return 0, "", fmt.Errorf("look for data of schema %s: %w", urn, err)
	}
	err = s.db.QueryRowContext(ctx, `SELECT count(*), COALESCE(min(id::text), '') FROM `+s.table(types[i])+`
		WHERE search @> $1::text::jsonb`, string(names)).Scan(&count, &example)
	if err != nil {
		return 0, "", fmt.Errorf("look for data of schema %s: %w", urn, err)
	}
	return count, example, nil
}
