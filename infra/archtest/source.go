package archtest

import (
	"fmt"
	"go/scanner"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// vague are names that say nothing of what a package is for.
var vague = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "misc", "shared"}

// CheckNames returns a line for each package whose name is vague, and for each that does not say what it is for.
func CheckNames(packages []Package) []string {
	var breaches []string
	for _, p := range packages {
		if slices.Contains(vague, p.Name) || slices.Contains(vague, path.Base(p.Path)) {
			breaches = append(breaches, p.Path+": the name says nothing of what the package is for")
		}
		if p.Doc == "" && len(p.GoFiles) > 0 {
			breaches = append(breaches, p.Path+": no package comment")
		}
		if !isOurs(p.Path) {
			breaches = append(breaches, p.Path+": a new top-level directory, which archtest's roots must name")
		}
	}
	return breaches
}

// searchPath is written in two parts so that this file keeps its own rule.
var searchPath = regexp.MustCompile(`(?i)search` + `_path`)

// schemaName finds the name of a tenant's or the control schema in SQL, or the beginning of one that is being built.
var schemaName = regexp.MustCompile(`(^|[^a-z_])tenant_(%|$)|"?spoke"?\.(tenants|hosts|tokens|clients)\b`)

// CheckSource returns a line for each text in a Go or SQL file that sets the session's search path, or outside
// tenancy/tenantdb names a schema. Comments may speak of both. name is the file's path in the module.
func CheckSource(name string, source []byte) []string {
	var texts []text
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return nil // a test may look where the program may not
	case strings.HasSuffix(name, ".go"):
		texts = goStrings(source)
	case strings.HasSuffix(name, ".sql"):
		texts = sqlLines(source)
	}
	var breaches []string
	for _, t := range texts {
		if searchPath.MatchString(t.content) {
			breaches = append(breaches, fmt.Sprintf("%s:%d: no statement depends on a session's state: qualify the names", name, t.line))
		}
		if schemaName.MatchString(t.content) && !strings.HasPrefix(name, "tenancy/tenantdb/") {
			breaches = append(breaches, fmt.Sprintf("%s:%d: a schema's name comes from tenantdb, which validates and quotes it", name, t.line))
		}
	}
	slices.Sort(breaches)
	return breaches
}

// A text is a piece of a file that is no comment.
type text struct {
	line    int
	content string
}

// goStrings returns the string literals of a Go file.
func goStrings(source []byte) []text {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, 0)
	var texts []text
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return texts
		}
		if tok != token.STRING {
			continue
		}
		if content, err := strconv.Unquote(literal); err == nil {
			texts = append(texts, text{file.Line(pos), content})
		}
	}
}

// sqlLines returns the lines of an SQL file without their comments.
func sqlLines(source []byte) []text {
	var texts []text
	for i, line := range strings.Split(string(source), "\n") {
		content, _, _ := strings.Cut(line, "--")
		texts = append(texts, text{i + 1, content})
	}
	return texts
}
