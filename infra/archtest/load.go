package archtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// listed is a package as `go list -json` prints it.
type listed struct {
	ImportPath, Name, Doc, Dir         string
	Module                             struct{ Path string }
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// Load lists the packages of the module in dir. A package that does not compile is listed all the same: its imports
// can be read.
func Load(ctx context.Context, dir string) ([]Package, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e",
		"-json=ImportPath,Name,Doc,Dir,Module,GoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	var packages []Package
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		packages = append(packages, l.relative())
	}
}

// relative returns the package with the module's path cut off its own packages.
func (l listed) relative() Package {
	cut := func(path string) string { return strings.TrimPrefix(path, l.Module.Path+"/") }
	all := func(paths []string) []string {
		paths = slices.Clone(paths)
		for i := range paths {
			paths[i] = cut(paths[i])
		}
		return paths
	}
	return Package{
		Path: cut(l.ImportPath), Name: l.Name, Doc: l.Doc, Dir: l.Dir, GoFiles: l.GoFiles,
		Imports: all(l.Imports), TestImports: all(slices.Concat(l.TestImports, l.XTestImports)),
	}
}
