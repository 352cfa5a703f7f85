package conformance

import (
	"regexp"
	"slices"
	"strings"
)

var (
	attributeName = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9$_-]*$`)
	dataTypes     = []string{"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
)

var resourceTypeChecks = []Check{
	{
		Name:  "each resource type has its attributes",
		Shows: []string{"7643-6-1", "7643-6-2", "7643-6-3", "7643-6-4", "7643-6-5", "7643-6-7"},
		Run: func(t *Trial) {
			t.unless(len(t.types) > 0, "/ResourceTypes cannot be read")
			for _, kind := range t.types {
				t.equal("schemas", kind["schemas"], list{resourceTypeSchema})
				for _, name := range []string{"name", "description", "endpoint", "schema"} {
					if text(kind[name]) == "" {
						t.errorf("%s of %v is %v", name, kind["name"], kind[name])
					}
				}
				if strings.Contains(text(kind["endpoint"]), "://") {
					t.errorf("endpoint is %v, want it relative to the base URI", kind["endpoint"])
				}
			}
		},
	},
	{
		Name: "each schema that a resource type names is in /Schemas", Shows: []string{"7643-6-6", "7643-6-8", "7643-6-9", "7643-6-11"},
		Run: func(t *Trial) {
			t.unless(len(t.types) > 0, "/ResourceTypes cannot be read")
			for _, kind := range t.types {
				if t.schemas[strings.ToLower(text(kind["schema"]))] == nil {
					t.errorf("the schema %v of %v is not in /Schemas", kind["schema"], kind["name"])
				}
				for _, extension := range elements(kind, "schemaExtensions") {
					if t.schemas[strings.ToLower(text(extension["schema"]))] == nil {
						t.errorf("the extension %v of %v is not in /Schemas", extension["schema"], kind["name"])
					}
					if _, ok := extension["required"].(bool); !ok {
						t.errorf("required of %v is %v, want a boolean", extension["schema"], extension["required"])
					}
				}
			}
		},
	},
	{
		Name: "the endpoint of a resource type is its name in the plural", Shows: []string{"7644-3.2-1"},
		Run: func(t *Trial) {
			t.unless(len(t.types) > 0, "/ResourceTypes cannot be read")
			for _, kind := range t.types {
				t.equal("endpoint", "/"+strings.TrimPrefix(text(kind["endpoint"]), "/"), "/"+text(kind["name"])+"s")
			}
		},
	},
}

var schemaChecks = []Check{
	{
		Name: "each schema has its URI, a name and a description", Shows: []string{"7643-7-1", "7643-7-2", "7643-7-3", "7643-7-4", "7643-7-5"},
		Run: func(t *Trial) {
			t.unless(len(t.schemas) > 0, "/Schemas cannot be read")
			for urn, s := range t.schemas {
				if !strings.HasPrefix(urn, "urn:") && !strings.Contains(urn, "://") {
					t.errorf("the id of a schema is %q, want a URI", urn)
				}
				if text(s["name"]) == "" || text(s["description"]) == "" {
					t.errorf("%s has no name or description", urn)
				}
			}
		},
	},
	{
		Name: "each attribute has all its characteristics", Shows: []string{"7643-7-1", "7643-7-7", "7643-3.3-4"},
		Run: func(t *Trial) {
			t.attributes(func(path string, a object) {
				for _, name := range []string{"multiValued", "required", "caseExact"} {
					if _, ok := a[name].(bool); !ok {
						t.errorf("%s of %s is %v, want a boolean", name, path, a[name])
					}
				}
				for name, allowed := range map[string][]string{
					"mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
					"returned":   {"always", "never", "default", "request"},
					"uniqueness": {"none", "server", "global"},
				} {
					if !slices.Contains(allowed, text(a[name])) {
						t.errorf("%s of %s is %v, want %s", name, path, a[name], either(allowed))
					}
				}
				if text(a["description"]) == "" {
					t.errorf("%s has no description", path)
				}
			})
		},
	},
	{
		Name: "each attribute has a name of the grammar and a known type", Shows: []string{"7643-2.1-2", "7643-2.3-1"},
		Run: func(t *Trial) {
			t.attributes(func(path string, a object) {
				if !attributeName.MatchString(text(a["name"])) {
					t.errorf("the name of %s does not keep to the grammar", path)
				}
				if !slices.Contains(dataTypes, text(a["type"])) {
					t.errorf("the type of %s is %v", path, a["type"])
				}
			})
		},
	},
	{
		Name: "complex attributes, and no others, have sub-attributes, which are simple", Shows: []string{"7643-1.2-1", "7643-2.3.8-2", "7643-7-6", "7643-2.4-1"},
		Run: func(t *Trial) {
			t.attributes(func(path string, a object) {
				subs, _ := a["subAttributes"].(list)
				isComplex, isSub := a["type"] == "complex", strings.Contains(path[strings.LastIndexByte(path, ':')+1:], ".")
				if isComplex != (len(subs) > 0) {
					t.errorf("%s is %v and has %d sub-attributes", path, a["type"], len(subs))
				}
				if isComplex && isSub {
					t.errorf("%s is complex inside of a complex attribute", path)
				}
			})
		},
	},
	{
		Name: "type, primary, display, value and $ref have their types", Shows: []string{"7643-2.4-2"},
		Run: func(t *Trial) {
			want := map[string][]string{"type": {"string"}, "primary": {"boolean"}, "display": {"string"}, "$ref": {"reference"}}
			t.attributes(func(path string, a object) {
				allowed, known := want[text(a["name"])]
				if known && strings.Contains(path[strings.LastIndexByte(path, ':')+1:], ".") && !slices.Contains(allowed, text(a["type"])) {
					t.errorf("the type of %s is %v, want %s", path, a["type"], either(allowed))
				}
			})
		},
	},
	{
		Name: "an extension does not define an attribute of the core again", Shows: []string{"7643-3.3-3"},
		Run: func(t *Trial) {
			t.unless(len(t.types) > 0, "/ResourceTypes cannot be read")
			for _, kind := range t.types {
				core := names(t.schemas[strings.ToLower(text(kind["schema"]))])
				for _, extension := range elements(kind, "schemaExtensions") {
					for name := range names(t.schemas[strings.ToLower(text(extension["schema"]))]) {
						if core[name] {
							t.errorf("%v defines %s, which the core has", extension["schema"], name)
						}
					}
				}
			}
		},
	},
	{
		Name: "common attributes have the characteristics of the RFC where a schema lists them", Shows: []string{"7643-3.1-3"},
		Run: func(t *Trial) {
			want := map[string]object{
				"id":                {"caseExact": true, "mutability": "readOnly", "returned": "always"},
				"externalId":        {"caseExact": true, "mutability": "readWrite"},
				"meta":              {"mutability": "readOnly"},
				"meta.resourceType": {"caseExact": true, "mutability": "readOnly", "returned": "default"},
				"meta.created":      {"mutability": "readOnly", "returned": "default"},
				"meta.lastModified": {"mutability": "readOnly", "returned": "default"},
				"meta.location":     {"mutability": "readOnly", "returned": "default"},
				"meta.version":      {"caseExact": true, "mutability": "readOnly", "returned": "default"},
			}
			t.attributes(func(path string, a object) {
				for name, value := range want[path[strings.LastIndexByte(path, ':')+1:]] {
					t.equal(name+" of "+path, a[name], value)
				}
			})
		},
	},
	{
		Name: "sub-attributes with canonical types list them", Shows: []string{"7643-8.7.2-2"},
		Run: func(t *Trial) {
			t.unless(t.schemas[strings.ToLower(userSchema)] != nil, "the schema of users cannot be read")
			for urn, canonical := range map[string]map[string][]string{
				userSchema: {
					"emails.type": {"work", "home", "other"}, "phoneNumbers.type": {"work", "home", "mobile", "fax", "pager", "other"},
					"photos.type": {"photo", "thumbnail"}, "addresses.type": {"work", "home", "other"}, "groups.type": {"direct", "indirect"},
				},
				groupSchema: {"members.type": {"User", "Group"}},
			} {
				for path, values := range canonical {
					a, _, ok := t.attribute(urn, func(at string, _ object) bool { return at == path })
					listed, _ := a["canonicalValues"].(list)
					for _, value := range values {
						if ok && !slices.Contains(listed, any(value)) {
							t.errorf("canonicalValues of %s are %v, without %q", path, listed, value)
						}
					}
				}
			}
		},
	},
	{
		Name: "the types of instant messaging are suggested", Shows: []string{"7643-4.1.2-6"},
		Run: func(t *Trial) {
			a, _, ok := t.attribute(userSchema, func(path string, _ object) bool { return path == "ims.type" })
			t.unless(ok, "the schema of users has no ims.type")
			suggested, _ := a["canonicalValues"].(list)
			for _, service := range []string{"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"} {
				if !slices.Contains(suggested, any(service)) {
					t.errorf("canonicalValues of ims.type are %v, without %q", suggested, service)
				}
			}
		},
	},
}

// attributes visits every attribute and sub-attribute of /Schemas. path is its full name: the URN, a colon, the
// attribute, and a dot before the sub-attribute.
func (t *Trial) attributes(visit func(path string, a object)) {
	t.unless(len(t.schemas) > 0, "/Schemas cannot be read")
	for urn, s := range t.schemas {
		walk(s, "attributes", urn+":", visit)
	}
}

func walk(of object, member, prefix string, visit func(path string, a object)) {
	for _, a := range elements(of, member) {
		visit(prefix+text(a["name"]), a)
		walk(a, "subAttributes", prefix+text(a["name"])+".", visit)
	}
}

// attribute returns the first attribute of a schema that fits, and its path within the schema.
func (s *Session) attribute(urn string, fits func(path string, a object) bool) (found object, at string, ok bool) {
	walk(s.schemas[strings.ToLower(urn)], "attributes", "", func(path string, a object) {
		if !ok && fits(path, a) {
			found, at, ok = a, path, true
		}
	})
	return found, at, ok
}

// names are the names of a schema's attributes, in lower case, without the common ones.
func names(s object) map[string]bool {
	all := make(map[string]bool)
	for _, a := range elements(s, "attributes") {
		all[strings.ToLower(text(a["name"]))] = true
	}
	for _, common := range []string{"id", "externalid", "meta", "schemas"} {
		delete(all, common)
	}
	return all
}
