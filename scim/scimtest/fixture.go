package scimtest

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// BadgeURN is the schema of an extension that the tests add to User, as a tenant adds its own.
const BadgeURN = "urn:example:params:scim:schemas:extension:Badge:2.0:User"

// Users returns the resource type of the tests: User with the enterprise extension, Spoke's own, and Badge, which has
// an attribute of every type that those lack.
func Users() *schema.ResourceType { return schema.User(schema.SpokeCustom(), badge()) }

func badge() *schema.Schema {
	attribute := func(name string, kind schema.Type) schema.Attribute {
		return schema.Attribute{
			Name: name, Type: kind, Mutability: schema.ReadWrite, Returned: schema.ByDefault, Uniqueness: schema.NotUnique,
		}
	}
	list := func(a schema.Attribute) schema.Attribute { a.MultiValued = true; return a }
	exact := func(a schema.Attribute) schema.Attribute { a.CaseExact = true; return a }
	door := list(attribute("doors", schema.Complex))
	door.SubAttributes = []schema.Attribute{
		attribute("value", schema.String), attribute("floor", schema.Integer), attribute("since", schema.DateTime),
		attribute("open", schema.Boolean),
	}
	return &schema.Schema{ID: BadgeURN, Name: "Badge", Attributes: []schema.Attribute{
		attribute("number", schema.Integer), attribute("weight", schema.Decimal), attribute("issued", schema.DateTime),
		attribute("visitor", schema.Boolean), exact(attribute("key", schema.Binary)), exact(attribute("picture", schema.Reference)),
		list(attribute("colors", schema.String)), list(exact(attribute("codes", schema.String))), list(attribute("levels", schema.Integer)),
		door,
	}}
}

// Object returns the canonical object that JSON text means, ready for Draft, without what the kind does not define. It
// fails the test where the text is wrong.
func Object(t testing.TB, kind *schema.ResourceType, text string) map[string]any {
	t.Helper()
	body, err := resource.Decode([]byte(text), scim.Strict())
	if err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	object, err := kind.Canonical(body, scim.Only(scim.MissingSchemas, scim.UnknownAttribute))
	if err != nil {
		t.Fatalf("canonical form of %s: %v", text, err)
	}
	if err := kind.Finish(object); err != nil {
		t.Fatalf("finish %s: %v", text, err)
	}
	return object
}

// Draft returns the draft of a canonical object, to which it gives the id.
func Draft(kind *schema.ResourceType, id string, at time.Time, object map[string]any, members ...string) provider.Draft {
	object["id"] = id
	return provider.Draft{ID: id, At: at, Object: object, Body: resource.Encode(kind, object), Members: members}
}

// revise returns the update that makes object, which it finishes, of old, the state of d.
func revise(t testing.TB, kind *schema.ResourceType, d resource.Document, at time.Time, old, object map[string]any) provider.Update {
	t.Helper()
	if err := kind.Finish(object); err != nil {
		t.Fatalf("finish %s %s: %v", kind.Name, d.ID, err)
	}
	return provider.Update{
		ID: d.ID, Version: d.Version, At: at, Object: object, Body: resource.Encode(kind, object),
		Changes: resource.Changes(kind, old, object),
	}
}

// NewID returns a random UUID (version 4), as ids are written.
func NewID(r *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], r.Uint64())
	binary.BigEndian.PutUint64(b[8:], r.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
