package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
)

// What spoke exits with, for scripts.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitDenied      = 4
	exitConflict    = 5
	exitUnavailable = 6
	exitBrokenOff   = 130 // as shells have it for Ctrl-C
)

// exitCodes documents them for --help.
const exitCodes = `Exit codes: 0 done, 1 refused or failed, 2 wrong arguments, 3 not found, 4 the API key is not valid or its role is not
enough, 5 what is there is in the way (a slug is taken, a state does not allow it), 6 the API cannot be reached, 130 Ctrl-C.`

// usageError is a command that was written wrongly.
type usageError struct{ err error }

// Error says what is wrong.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, arguments ...any) error {
	return &usageError{fmt.Errorf(format, arguments...)}
}

func exitCode(err error) int {
	var wrong *usageError
	var refused *refusedError
	var unreachable *unreachableError
	switch {
	case errors.As(err, &wrong):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitBrokenOff
	case errors.As(err, &unreachable):
		return exitUnavailable
	case errors.Is(err, admin.ErrNotFound), errors.Is(err, tenancy.ErrNotFound):
		return exitNotFound
	case errors.Is(err, admin.ErrExists), errors.Is(err, admin.ErrLimit), errors.Is(err, admin.ErrLastOwner):
		return exitConflict
	case !errors.As(err, &refused):
		return exitFailed
	}
	switch s := refused.status; {
	case s == http.StatusNotFound:
		return exitNotFound
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return exitDenied
	case s == http.StatusConflict, s == http.StatusPreconditionFailed:
		return exitConflict
	case s >= http.StatusInternalServerError:
		return exitUnavailable
	}
	return exitFailed
}

// refuseUsage makes a command and all below it answer what is written wrongly with one line.
func refuseUsage(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return usage("%w; %s --help shows what there is", err, c.FullName())
	}
	if len(c.Commands) > 0 && c.Action == nil {
		c.Action = func(_ context.Context, c *cli.Command) error {
			if !c.Args().Present() {
				return cli.ShowSubcommandHelp(c)
			}
			return noCommand(c)
		}
	}
	for _, below := range c.Commands {
		refuseUsage(below)
	}
}

func noCommand(c *cli.Command) error {
	meant := cli.SuggestCommand(c.Commands, c.Args().First())
	if meant = strings.Trim(strings.TrimPrefix(meant, "Did you mean"), ` "?`); meant != "" {
		meant = "; did you mean " + meant + "?"
	}
	return usage("there is no command %s %s%s", c.FullName(), plain(c.Args().First()), meant)
}

// checkArguments refuses arguments that are not those of ArgsUsage, of which some are [OPTIONAL].
func checkArguments(c *cli.Command) error {
	needed, most := 0, 0
	for _, name := range strings.Fields(c.ArgsUsage) {
		most++
		if name[0] != '[' {
			needed++
		}
		if strings.HasSuffix(name, "…") { // and more of them
			most = math.MaxInt
		}
	}
	n := c.Args().Len()
	wrong := n < needed || n > most
	for _, argument := range c.Args().Slice() {
		wrong = wrong || strings.TrimSpace(argument) == ""
	}
	if wrong {
		return usage("%s", strings.TrimSpace("the arguments are: "+c.FullName()+" "+c.ArgsUsage))
	}
	return nil
}
