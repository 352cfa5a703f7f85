//go:build !unix

package install

import "context"

// lock locks nothing: there is no package manager for us on this system.
func lock(context.Context) (unlock func(), err error) { return func() {}, nil }
