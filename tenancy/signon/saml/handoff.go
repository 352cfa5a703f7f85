package saml

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/token"
)

// HandoffLife is how long a result waits for the browser.
const HandoffLife = time.Minute

// Keep keeps a result for the browser that brought the assertion, and returns the secret that it comes back with. Error:
// tenancy.ErrNotFound where the tenant has gone.
func (s *Store) Keep(ctx context.Context, tenant tenancy.ID, r Result) (token.Secret, error) {
	content, err := json.Marshal(r)
	if err != nil {
		return token.Secret{}, fmt.Errorf("keep a SAML result: %w", err)
	}
	secret, now := token.NewSecret(token.ForHandoff), s.now()
	hash := s.config.Key.Hash(secret)
	var id string
	err = s.config.DB.GetContext(ctx, &id, `INSERT INTO `+handoffs+` AS h (hash, tenant_id, content, created_at, expires_at)
		SELECT $1, id, $3, $4, $5 FROM `+tenants+` WHERE id = $2
		ON CONFLICT (hash) DO UPDATE SET content = EXCLUDED.content WHERE h.use_id IS NULL RETURNING tenant_id`,
		hash[:], string(tenant), string(content), now, now.Add(HandoffLife))
	if errors.Is(err, sql.ErrNoRows) {
		err = tenancy.ErrNotFound
	}
	if err != nil {
		return token.Secret{}, fmt.Errorf("keep a SAML result of tenant %s: %w", tenant, err)
	}
	return secret, nil
}

// Take returns the result that was kept under a secret at a tenant, once: of two at once, one has it. Error: ErrHandoff, also
// for a secret of another tenant.
func (s *Store) Take(ctx context.Context, tenant tenancy.ID, text string) (Result, error) {
	secret, err := token.ParseSecret(token.ForHandoff, text)
	if err != nil {
		return Result{}, refuse(ErrHandoff, "")
	}
	hash := s.config.Key.Hash(secret)
	var content []byte
	err = s.config.DB.GetContext(ctx, &content, `UPDATE `+handoffs+` SET use_id = $4
		WHERE hash = $1 AND tenant_id = $2 AND expires_at > $3 AND (use_id IS NULL OR use_id = $4) RETURNING content`,
		hash[:], string(tenant), s.now(), uuid.NewString())
	if errors.Is(err, sql.ErrNoRows) {
		return Result{}, refuse(ErrHandoff, "")
	}
	var r Result
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	if err != nil {
		return Result{}, fmt.Errorf("take a SAML result of tenant %s: %w", tenant, err)
	}
	return r, nil
}
