package schema

import (
	"embed"
	"encoding/json"
	"fmt"
)

// The URNs of the schemas that every tenant has (RFC 7643 sections 4.1, 4.2 and 4.3; SpokeCustom is Spoke's own).
const (
	UserURN           = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN          = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseUserURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	SpokeCustomURN    = "urn:ietf:params:scim:schemas:extension:SpokeCustom:2.0:User"
)

//go:embed definitions/*.json
var definitions embed.FS

// User returns the resource type of /Users with the enterprise extension and the given ones.
func User(more ...*Schema) *ResourceType {
	t := &ResourceType{
		Name: "User", Endpoint: "/Users", Description: "User Account", Schema: load("user"),
		Extensions: []Extension{{Schema: load("enterprise_user")}}, Relation: "groups",
	}
	for _, s := range more {
		t.Extensions = append(t.Extensions, Extension{Schema: s})
	}
	return t
}

// Group returns the resource type of /Groups.
func Group() *ResourceType {
	return &ResourceType{
		Name: "Group", Endpoint: "/Groups", Description: "Group", Schema: load("group"), Relation: "members",
	}
}

// SpokeCustom returns Spoke's own user extension: startDate.
func SpokeCustom() *Schema { return load("spoke_custom_user") }

// load reads a definition that is part of the program: that it parses is a test's business.
func load(name string) *Schema {
	text, err := definitions.ReadFile("definitions/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("read schema definition %s: %v", name, err))
	}
	s := &Schema{}
	if err := json.Unmarshal(text, s); err != nil {
		panic(fmt.Sprintf("parse schema definition %s: %v", name, err))
	}
	return s
}
