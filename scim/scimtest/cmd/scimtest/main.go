// Command scimtest checks a SCIM service provider at any URL against RFC 7643, RFC 7644 and RFC 9865, or prints which of
// their requirements its checks cover. It creates users and groups of its own at the provider and deletes them again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"

	"github.com/askspoke/spoke/scim/scimtest/conformance"
)

// The exit status tells how it ended.
const (
	conforms = 0 // no check failed
	fails    = 1 // at least one did
	unusable = 2 // nothing could be checked
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options are the command line.
type options struct {
	conformance.Options
	only     *regexp.Regexp
	json     bool
	verbose  bool
	coverage bool
	list     bool
}

const usage = `scimtest checks a SCIM service provider against RFC 7643, RFC 7644 and RFC 9865.

  scimtest -url https://acme.example.com/scim/v2 -token SECRET
  scimtest -coverage

It creates users and groups at the provider, whose names begin with "scimtest-", and
deletes them again. What the provider does not announce is not offered, and no failure.
A departure from a SHOULD alone is listed and is no failure.

The exit status is 0 when no check failed, 1 when one did, and 2 when nothing could be
checked. Without -token the environment variable SCIMTEST_TOKEN is used.

`

func run(ctx context.Context, args []string, out, problems io.Writer) int {
	o, err := parse(args, problems)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return conforms
	case err != nil:
		fmt.Fprintln(problems, "scimtest:", err)
		return unusable
	case o.coverage:
		return report(problems, printCoverage(out, o.json))
	case o.list:
		return report(problems, printChecks(out, o.checks()))
	}
	session, err := conformance.Connect(ctx, o.Options)
	if err != nil {
		fmt.Fprintln(problems, "scimtest:", err)
		return unusable
	}
	p := &printer{out: out, json: o.json, verbose: o.verbose}
	results := session.Run(ctx, o.checks(), p.result)
	if ctx.Err() != nil {
		fmt.Fprintln(problems, "scimtest: stopped before the end")
	}
	if err := p.summary(results); err != nil {
		return report(problems, err)
	}
	for _, r := range results {
		if r.Outcome == conformance.Failed {
			return fails
		}
	}
	if len(results) == 0 || ctx.Err() != nil {
		return unusable
	}
	return conforms
}

func report(problems io.Writer, err error) int {
	if err != nil {
		fmt.Fprintln(problems, "scimtest:", err)
		return unusable
	}
	return conforms
}

func parse(args []string, problems io.Writer) (options, error) {
	o := options{Options: conformance.Options{Header: http.Header{}}}
	flags := flag.NewFlagSet("scimtest", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.Usage = func() {
		fmt.Fprint(problems, usage)
		flags.PrintDefaults()
	}
	profile := flags.String("profile", string(conformance.Auto), "`auto` accepts what lenient providers accept, strict nothing but the RFC")
	only := flags.String("run", "", "play only the checks whose name or requirement matches the `regexp`")
	flags.StringVar(&o.URL, "url", "", "base `URL` of the provider's endpoints")
	flags.StringVar(&o.Token, "token", os.Getenv("SCIMTEST_TOKEN"), "bearer `token` to send")
	flags.Func("header", "`header` to send with each request, as \"Name: value\"; may be given again", func(text string) error {
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return errors.New("write it as \"Name: value\"")
		}
		o.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		return nil
	})
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead of text")
	flags.BoolVar(&o.verbose, "v", false, "print the checks that pass as well, and why others are not offered")
	flags.BoolVar(&o.coverage, "coverage", false, "print what of the RFCs the checks cover, and what not and why; needs no provider")
	flags.BoolVar(&o.list, "list", false, "print the checks with their requirements; needs no provider")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.Profile = conformance.Profile(*profile)
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("read -run: %w", err)
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("there is no argument %q; see -help", flags.Arg(0))
	case o.URL == "" && !o.coverage && !o.list:
		return o, errors.New("say where the provider is with -url, or see -help")
	}
	return o, nil
}

// checks are the ones that -run chooses.
func (o options) checks() []conformance.Check {
	var chosen []conformance.Check
	for _, c := range conformance.Checks() {
		if o.only.MatchString(c.Name) || o.only.MatchString(strings.Join(c.Shows, " ")) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}
