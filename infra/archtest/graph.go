package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// A Package is one of this module, as the go command lists it. Module-own import paths are relative to the module.
type Package struct {
	Path, Name, Doc, Dir string
	GoFiles              []string
	Imports, TestImports []string
}

// CheckImports returns a line for each import that a rule forbids.
func CheckImports(packages []Package, rules []Rule) []string {
	var breaches []string
	for _, rule := range rules {
		for _, p := range packages {
			if !matches(rule.From, p.Path) || matches(rule.Except, p.Path) {
				continue
			}
			imports := slices.Clone(p.Imports)
			if rule.Tests {
				imports = append(imports, p.TestImports...)
			}
			slices.Sort(imports)
			for _, imported := range slices.Compact(imports) {
				if rule.forbids(p.Path, imported) {
					breaches = append(breaches, fmt.Sprintf("%s imports %s (%s): %s", p.Path, imported, rule.Name, rule.Why))
				}
			}
		}
	}
	return breaches
}

// forbids reports whether the rule forbids an import by a package that it binds.
func (r Rule) forbids(from, imported string) bool {
	if matches(r.Never, imported) && !matches(r.Leaves, imported) && !sameService(from, imported) {
		return true
	}
	if len(r.Only) == 0 || r.Among == ours && !isOurs(imported) {
		return false
	}
	return !matches(r.Only, imported)
}

// sameService reports whether two packages belong to one service: services/gateway and all below it.
func sameService(a, b string) bool {
	one, two := strings.Split(a, "/"), strings.Split(b, "/")
	return len(one) > 1 && len(two) > 1 && one[0] == "services" && slices.Equal(one[:2], two[:2])
}

// matches reports whether one of the patterns covers a package.
func matches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		tree, isTree := strings.CutSuffix(pattern, "/...")
		switch {
		case pattern == anything, pattern == path:
			return true
		case pattern == "std":
			return isStandard(path)
		case isTree:
			return path == tree || strings.HasPrefix(path, tree+"/")
		default:
			return false
		}
	})
}

// roots are the directories of this module that hold packages; the standard library has none of these names.
var roots = []string{"scim", "tenancy", "billing", "observability", "services", "infra"}

func isOurs(path string) bool {
	root, _, _ := strings.Cut(path, "/")
	return slices.Contains(roots, root)
}

// isStandard reports whether a package is in the standard library: the first part of its path is no host name.
func isStandard(path string) bool {
	root, _, _ := strings.Cut(path, "/")
	return !strings.Contains(root, ".") && !isOurs(path)
}
