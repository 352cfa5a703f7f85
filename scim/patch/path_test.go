package patch_test

import (
	"strings"
	"testing"

	"github.com/askspoke/spoke/scim"
	"github.com/askspoke/spoke/scim/patch"
	"github.com/askspoke/spoke/scim/schema"
)

// RFC 7644 figures 7 and 8; rule X11; trap 13.
func TestParsePath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path, want string // want "": as the path
		chooses    bool
		lenient    *scim.Leniency
		fails      scim.ErrorType
	}{
		{path: "userName"},
		{path: "name.familyName"},
		{path: "NAME.FAMILYNAME", want: "name.familyName"},
		{path: "urn:ietf:params:scim:schemas:core:2.0:User:UserName", want: "userName"},
		{path: `addresses[type eq "work"]`, want: "addresses", chooses: true},
		{path: `addresses[type eq "work"].streetAddress`, want: "addresses.streetAddress", chooses: true},
		{path: `Emails[Type EQ "work" and value ew "]\".x[" ].Value`, want: "emails.value", chooses: true},
		{path: `urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value`, want: "emails.value", chooses: true},
		{path: "ent:manager.value"},
		{path: "ent:department"},
		{path: "ENT:DEPARTMENT", fails: scim.InvalidPath},
		{path: "ent"},
		{path: "manager", lenient: scim.Only(scim.UnqualifiedExtension), want: "ent:manager"},
		{path: "manager", fails: scim.InvalidPath},
		{path: "colour", lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: "name.colour", lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails[type eq "work"].colour`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails[type eq "work"`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails[type eq "work"]value`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails[type eq "work"].`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `[type eq "work"]`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `name[givenName eq "x"]`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails.value[type eq "x"]`, lenient: scim.Auto(), fails: scim.InvalidPath},
		{path: `emails[]`, lenient: scim.Auto(), fails: scim.InvalidFilter},
		{path: `emails[colour eq "x"]`, lenient: scim.Auto(), fails: scim.InvalidFilter},
		{path: `emails[type eq work]`, lenient: scim.Only(scim.UnquotedFilterValue), want: "emails", chooses: true},
		{path: `emails[type eq work]`, fails: scim.InvalidFilter},
		{path: strings.Repeat("a", patch.MaxPath+1), fails: scim.InvalidPath},
		{path: "emails[" + strings.Repeat("(", patch.MaxPath-10) + "]", lenient: scim.Auto(), fails: scim.InvalidFilter},
	} {
		resolve := func(s string) string {
			if s == "ent" {
				return schema.EnterpriseUserURN
			}
			return urns.Replace(s)
		}
		target, err := patch.ParsePath(user, resolve(test.path), test.lenient)
		if test.fails != "" {
			wantError(t, err, test.fails)
			continue
		}
		if err != nil {
			t.Errorf("ParsePath(%q): %v", test.path, err)
			continue
		}
		want := test.want
		if want == "" {
			want = test.path
		}
		if got := target.Ref.String(); got != resolve(want) || (target.Where != nil) != test.chooses {
			t.Errorf("ParsePath(%q) = %s, filter %v", test.path, got, target.Where)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, path := range []string{
		"userName", "name.givenName", `emails[type eq "work"].value`, `roles[primary eq "True"].display`,
		`members[value eq "a" or value eq "b"]`, schema.EnterpriseUserURN + ":manager.value", schema.EnterpriseUserURN,
		`emails[type eq "]\"["]`, "emails[((((", `emails[not (type pr)].`, "manager", "", ".", "[", "].", ":",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, lenient := range []*scim.Leniency{scim.Auto(), nil} {
			target, err := patch.ParsePath(user, path, lenient)
			if err != nil {
				if e := scim.AsError(err); e.Status != 400 || e.Type != scim.InvalidPath && e.Type != scim.InvalidFilter {
					t.Fatalf("ParsePath(%q): %v", path, err)
				}
				continue
			}
			again, err := patch.ParsePath(user, target.Ref.String(), nil)
			if err != nil || again.Ref != target.Ref {
				t.Fatalf("ParsePath(%q) = %s, which reads as %s, %v", path, target.Ref, again.Ref, err)
			}
		}
	})
}
