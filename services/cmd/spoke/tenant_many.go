package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// createAtOnce is how many tenants are worked on together; the server bounds them further where connections are few.
const createAtOnce = 8

// manyTenants creates tenants and prints a line for each as soon as it is there.
type manyTenants struct {
	api          *shellAPI
	tokens, json bool

	mu              sync.Mutex
	bar             *progressbar.ProgressBar
	created, exists int
	errs            []error
}

func (m *manyTenants) create(ctx context.Context, list []client.NewTenant) error {
	start := time.Now()
	group, going := errgroup.WithContext(ctx)
	group.SetLimit(createAtOnce)
	for _, request := range list {
		if going.Err() != nil {
			break
		}
		group.Go(func() error { return m.one(going, request) })
	}
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	_ = m.bar.Finish() // a bar that cannot be drawn must not make the work fail
	left := len(list) - m.created - m.exists - len(m.errs)
	fmt.Fprintf(os.Stderr, "%d tenants were created in %s and %d existed already; %d failed and %d are left.\n",
		m.created, time.Since(start).Round(100*time.Millisecond), m.exists, len(m.errs), left)
	if err != nil {
		return fmt.Errorf("broken off; run the same again to go on: %w", err)
	}
	if len(m.errs) > 0 {
		return fmt.Errorf("some tenants were not created:\n%w", firstOf(m.errs))
	}
	return nil
}

// one creates one tenant. An error ends the whole run: that of ctx, or what the next tenant would meet as well, or nobody
// reads.
func (m *manyTenants) one(ctx context.Context, request client.NewTenant) error {
	made, existed, err := m.ensure(ctx, request)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case ofAll(err):
		return err
	case err != nil:
		m.errs = append(m.errs, fmt.Errorf("%s: %w", request.Slug, err))
	case existed:
		m.exists++
	default:
		m.created++
	}
	_ = m.bar.Add(1)
	if err != nil {
		return nil // it is in errs, and the others go on
	}
	return m.print(made, existed)
}

// ofAll tells whether an error is about no tenant in particular: the API is away, or the caller is not let in.
func ofAll(err error) bool {
	var unreachable *unreachableError
	var refused *refusedError
	if errors.As(err, &refused) {
		return refused.status == http.StatusUnauthorized || refused.status == http.StatusForbidden || refused.status >= http.StatusInternalServerError
	}
	return errors.As(err, &unreachable)
}

// ensure creates a tenant, or finds it. The Idempotency-Key follows from the request: when a run is made again, it is
// answered with the tokens that the run before has made and perhaps could not print.
func (m *manyTenants) ensure(ctx context.Context, request client.NewTenant) (made client.CreatedTenant, existed bool, err error) {
	text, err := json.Marshal(request)
	if err != nil {
		return made, false, err
	}
	sum := sha256.Sum256(text)
	key := "create-" + hex.EncodeToString(sum[:])
	made, response, err := exchange[client.CreatedTenant](m.api.CreateTenant(ctx, &client.CreateTenantParams{IdempotencyKey: &key}, request))
	if refusedAs(err, "request-in-flight") { // of a run that was killed together with its server: another key does not wait for it
		made, response, err = exchange[client.CreatedTenant](m.api.CreateTenant(ctx, nil, request))
	}
	switch {
	case refusedAs(err, "slug-taken"):
		made, err = m.find(ctx, request, err)
		return made, true, err
	case err != nil:
		return made, false, err
	}
	return made, response.Header.Get("Idempotency-Replayed") != "", nil
}

// find returns a tenant whose slug is taken, and makes its first token where it has none. taken is the error where the slug
// is not its own, but looks like it.
func (m *manyTenants) find(ctx context.Context, request client.NewTenant, taken error) (made client.CreatedTenant, err error) {
	made.Tenant, err = call[client.Tenant](m.api.GetTenant(ctx, request.Slug))
	var refused *refusedError
	switch {
	case errors.As(err, &refused) && refused.status == http.StatusNotFound:
		return made, taken
	case err != nil:
		return made, err
	case made.Tenant.State == client.StateDeleting, made.Tenant.State == client.StatePurging:
		return made, fmt.Errorf("the tenant is being deleted: it is in the state %s", made.Tenant.State)
	case request.Token == nil:
		return made, nil
	}
	tokens, err := call[client.TokenList](m.api.ListTokens(ctx, made.Tenant.ID))
	if err != nil || len(tokens.Items) > 0 {
		return made, err
	}
	key := "first-token-" + made.Tenant.ID
	token, err := call[client.CreatedToken](m.api.CreateToken(ctx, made.Tenant.ID, &client.CreateTokenParams{IdempotencyKey: &key}, *request.Token))
	made.Token = &token
	return made, err
}

// print writes a tenant's line at once: a secret is seen this one time.
func (m *manyTenants) print(made client.CreatedTenant, existed bool) error {
	_ = m.bar.Clear()
	t, token := made.Tenant, value(made.Token)
	if m.json {
		created := !existed
		return json.NewEncoder(os.Stdout).Encode(onboarded{
			Slug: t.Slug, ID: t.ID, URL: t.TenantURL, TokenID: token.ID, Secret: token.Secret, Created: &created,
		})
	}
	columns := []string{t.Slug, t.TenantURL}
	if m.tokens {
		columns = append(columns, token.Secret)
	}
	_, err := fmt.Println(strings.Join(columns, "\t"))
	return err
}
