package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/askspoke/spoke/billing"
	"github.com/askspoke/spoke/infra/plans"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/admin"
	"github.com/askspoke/spoke/tenancy/operator"
	"github.com/askspoke/spoke/tenancy/token"
)

// devState is what dev keeps in its data directory beside the database: the key under which tokens are hashed, and
// dev.env with the token itself, both readable by their owner alone, and the plans.
type devState struct {
	dir    string
	plans  string // the path of the plans
	key    string
	secret string // "" when there is none yet
	apiKey string // likewise
}

const (
	keyFile    = "token.key"
	plansFile  = "plans.json"
	envFile    = "dev.env"
	secretName = "SPOKE_SECRET_TOKEN"
	keyName    = "SPOKE_API_KEY"
	devMark    = "SPOKE_DEV_DIR" // tells that the environment comes from a dev.env, and from which
)

// openDevState reads the state, and makes the key on first use.
func openDevState(dir string) (*devState, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make --data-dir: %w", err)
	}
	s := &devState{dir: dir, plans: filepath.Join(dir, plansFile)}
	if err := s.ensurePlans(); err != nil {
		return nil, fmt.Errorf("keep the plans: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, keyFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.key = token.GenerateKey()
		if err := writePrivate(filepath.Join(dir, keyFile), s.key+"\n"); err != nil {
			return nil, fmt.Errorf("keep the token key: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("read the token key: %w", err)
	default:
		s.key = strings.TrimSpace(string(key))
	}
	text, err := os.ReadFile(filepath.Join(dir, envFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", envFile, err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "export "+secretName+"="); ok {
			s.secret = strings.Trim(value, "'")
		}
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "export "+keyName+"="); ok {
			s.apiKey = strings.Trim(value, "'")
		}
	}
	return s, nil
}

// ensurePlans writes the example of plans where there are none yet.
func (s *devState) ensurePlans() error {
	_, err := os.Stat(s.plans)
	if errors.Is(err, fs.ErrNotExist) {
		return writePrivate(s.plans, string(plans.Example))
	}
	return err
}

// devPlan is the plan of the tenant example from its first start on: the largest of those that come with Spoke, which stands in
// nobody's way, or none where that was taken out.
func devPlan(offered billing.Catalogue) string {
	const largest = "enterprise"
	if _, ok := offered[largest]; !ok {
		return ""
	}
	return largest
}

// ensureToken makes a token where the one of the last start is not there or not valid any more.
func (s *devState) ensureToken(ctx context.Context, a *app, t tenancy.Tenant) error {
	if s.secret != "" {
		_, err := a.tokens.Verify(ctx, t.ID, s.secret, netip.Addr{})
		if err == nil {
			return nil
		}
		if !errors.Is(err, token.ErrRejected) {
			return err
		}
	}
	secret, _, err := a.tokens.Mint(ctx, t.ID, "spoke dev", time.Time{})
	if err != nil {
		return err
	}
	s.secret = secret.Reveal()
	return nil
}

// ensureKey makes an API key where the one of the last start is not there or not valid any more.
func (s *devState) ensureKey(ctx context.Context, a *app) error {
	if s.apiKey != "" {
		_, err := a.operator.VerifyKey(ctx, s.apiKey, netip.Addr{})
		if err == nil {
			return nil
		}
		if !errors.Is(err, operator.ErrRejected) {
			return err
		}
	}
	secret, _, err := a.operator.CreateKey(ctx, operator.NewKey{Name: "spoke dev", Role: operator.Admin, CreatedBy: operator.Shell})
	if err != nil {
		return err
	}
	s.apiKey = secret.Reveal()
	return nil
}

// consoleLinks sign one in to the console of the tenant example, as its owner, and to the operator's.
type consoleLinks struct{ tenant, operator string }

// devOwner is the address of the owner of the tenant example.
const devOwner = "owner@example.com"

func (s *devState) consoleLinks(ctx context.Context, a *app, t tenancy.Tenant) (links consoleLinks, err error) {
	owner, err := a.admins.ByEmail(ctx, t.ID, devOwner)
	if errors.Is(err, admin.ErrNotFound) {
		owner, err = a.admins.Add(ctx, admin.NewAdministrator{Tenant: t.ID, Email: devOwner, Name: "You", Role: admin.Owner, CreatedBy: operator.Shell})
	}
	if err != nil {
		return links, err
	}
	secret, _, err := a.admins.CreateSignIn(ctx, t.ID, owner.ID, "/")
	if err != nil {
		return links, err
	}
	links.tenant = a.origin(a.hosts.Host(t.Slug)) + "/sign-in/link/" + secret.Reveal()
	links.operator, _, err = a.operatorLink(ctx, operator.Admin, "")
	return links, err
}

type devValue struct{ name, value string }

// write writes dev.env for shells to load.
func (s *devState) write(values []devValue) error {
	var b strings.Builder
	b.WriteString("# Written by spoke dev at each start. Load it: . " + envFile + "\n")
	for _, v := range values {
		fmt.Fprintf(&b, "export %s='%s'\n", v.name, strings.ReplaceAll(v.value, "'", `'\\''`))
	}
	if err := writePrivate(filepath.Join(s.dir, envFile), b.String()); err != nil {
		return fmt.Errorf("write %s: %w", envFile, err)
	}
	return nil
}

// writePrivate replaces a file at once, so that a reader sees the old or the new one, whole.
func writePrivate(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// greet says what runs and what to do next.
func (s *devState) greet(values []devValue, console consoleLinks, l listeners) {
	env := filepath.Join(s.dir, envFile)
	if wd, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(wd, env); err == nil && !strings.HasPrefix(relative, "..") {
			env = relative
		}
	}
	fmt.Printf(`
Spoke is ready. Give an identity provider these two:

  Tenant URL     %s
  Secret token   %s

Its console, and yours over all tenants; each link signs you in once, within 15 minutes:

  %s
  %s

Try it from another shell:

  . %s
  curl -H "Authorization: Bearer $SPOKE_SECRET_TOKEN" "$SPOKE_TENANT_URL/Users"
  curl -H "Authorization: Bearer $SPOKE_API_KEY" "$SPOKE_API_URL/v1/tenants"

The tenant onboarding API is at %s, with its documentation; %s has its key.
Metrics are at http://%s/metrics. Ctrl-C stops Spoke; the data stays in %s.
`, values[0].value, s.secret, console.tenant, console.operator, env, values[2].value, env, l.ops.Addr(), filepath.Dir(env))
}
