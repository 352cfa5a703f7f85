package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/filter"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// FuzzParse gives the parser and the binder any text: neither panics, an error is a 400 invalidFilter, and what was
// accepted in whatever dialect is written as a filter of the RFC with the same tree.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`userName eq "bjensen"`, `not(title pr)`, `a pr or b pr and (c pr or d pr)`, `emails[type eq "work"].value eq x`,
		`emails[type eq "work" or not (value co "@x")] and active eq "True"`, `externalId eq jyoung`, `active eq True`,
		`a eq "\u00e9\ud83d\ude00\ud800\\\""`, `a eq -1.5E+10`, `a eq null`, `((((`, `a[b[c pr]]`, "a eq \"\x00\"", "a eq \"\xff\"",
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref pr`, `meta.created gt 2015-10-10T14:38:21Z`,
		`urn:example:2.0:Device:weight lt 1e-99999`, `manager eq "x"`, `emails[a pr or b pr].value ne null`,
	} {
		f.Add(seed)
	}
	f.Add("a eq " + strings.Repeat("\x18", 2000)) // six times as long when it is escaped
	object, err := resource.Decode([]byte(person), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := filter.Parse(text, scim.Auto())
		if err != nil {
			invalidFilter(t, err)
			return
		}
		// The canonical text may be longer or deeper than the one that was read.
		var e *scim.Error
		again, err := filter.Parse(tree.String(), scim.Strict())
		if diff := cmp.Diff(tree, again); diff != "" && !(errors.As(err, &e) && (len(tree.String()) > filter.MaxLength || deep(tree) >= filter.MaxDepth)) {
			t.Errorf("Parse of %q: %v (-first +again):\n%s", tree.String(), err, diff)
		}
		n, err := filter.Bind(tree, users, scim.Auto())
		if err != nil {
			invalidFilter(t, err)
			return
		}
		filter.Match(n, users, object)
	})
}

// deep counts the parentheses and brackets that String needs within each other, or a few more.
func deep(e filter.Expr) int {
	most := func(list []filter.Expr) int {
		n := 0
		for _, item := range list {
			n = max(n, deep(item))
		}
		return n + 1
	}
	switch e := e.(type) {
	case filter.And:
		return most(e)
	case filter.Or:
		return most(e)
	case filter.Negation:
		return deep(e.Expr) + 1
	case filter.ValuePath:
		return deep(e.Where) + 1
	default:
		return 0
	}
}

// expressions draws trees as Parse makes them, with values that are hard to write.
func expressions(depth int) *rapid.Generator[filter.Expr] {
	return rapid.Custom(func(t *rapid.T) filter.Expr {
		kind := 0
		if depth > 0 {
			kind = rapid.IntRange(0, 4).Draw(t, "kind")
		}
		operand := func() filter.Expr { return expressions(depth-1).Draw(t, "operand") }
		switch kind {
		case 1:
			return filter.And{operand(), operand()}
		case 2:
			return filter.Or{operand(), operand(), operand()}
		case 3:
			return filter.Negation{Expr: operand()}
		default:
			return comparison(t)
		}
	})
}

func comparison(t *rapid.T) filter.Expr {
	paths := []string{"title", "userName", "emails", "emails.type", "name.givenName", enterprise + ":manager.value"}
	c := filter.Comparison{Path: rapid.SampledFrom(paths).Draw(t, "path"), Op: rapid.SampledFrom([]filter.Op{
		filter.Equal, filter.NotEqual, filter.Contains, filter.StartsWith, filter.EndsWith, filter.Greater, filter.Less, filter.Present,
	}).Draw(t, "op")}
	if c.Op == filter.Present {
		return c
	}
	text := rapid.StringMatching(`[a-zA-Z"\\ \n\t<&)\]é😀]{0,4}`).AsAny()
	c.Value = rapid.OneOf(text, rapid.SampledFrom([]any{true, false, nil, json.Number("-0.5e3")})).Draw(t, "value")
	return c
}

func TestStringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := expressions(4).Draw(t, "filter")
		got, err := filter.Parse(e.String(), scim.Strict())
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("Parse(%q): %v (-want +got):\n%s", e.String(), err, diff)
		}
	})
}

// A filter is true or false, never unknown: De Morgan's laws hold for absent attributes too.
func TestMatchIsTwoValued(t *testing.T) {
	object, err := resource.Decode([]byte(person), nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		e, f := expressions(2).Draw(t, "e"), expressions(2).Draw(t, "f")
		a, err := filter.Bind(e, users, scim.Auto())
		b, err2 := filter.Bind(f, users, scim.Auto())
		if err != nil || err2 != nil {
			t.SkipNow()
		}
		left := filter.Match(filter.Not{Node: filter.All{a, b}}, users, object)
		right := filter.Match(filter.Any{filter.Not{Node: a}, filter.Not{Node: b}}, users, object)
		if left != right {
			t.Fatalf("not (%s and %s) = %v, want %v", e, f, left, right)
		}
	})
}

// A query over all types means of a type's resource what a query over the type means; of a resource that has none of the
// attributes, what it means where all of them are absent.
func TestBindRootMeansTheSame(t *testing.T) {
	object, err := resource.Decode([]byte(person), nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		e := expressions(3).Draw(t, "e")
		bound, err := filter.Bind(e, users, scim.Auto())
		if err != nil {
			t.SkipNow()
		}
		for rt, object := range map[*schema.ResourceType]map[string]any{users: object, schema.Group(): {}} {
			n, never, err := filter.BindRoot(e, rt, scim.Auto())
			if err != nil {
				t.Fatalf("%s by %s: %v", e, rt.Name, err)
			}
			want, got := filter.Match(bound, users, object), !never && filter.Match(n, rt, object)
			if got != want || rt != users && n != nil {
				t.Fatalf("%s by %s = %v (%#v), want %v", e, rt.Name, got, n, want)
			}
		}
	})
}
