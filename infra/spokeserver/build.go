package spokeserver

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Build builds Spoke into a directory and returns the program's path.
func Build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "spoke")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", path, // without a debugger's tables it links in half the time
		"github.com/askspoke/spoke/services/cmd/spoke")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build spoke: %w\n%s", err, output)
	}
	return path, nil
}
