package signon

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
)

// Bounds of a connection.
const (
	maxConfig = 256 << 10
	maxSecret = 16 << 10
)

// NewConnection is what one says to create a connection. It begins as a draft.
type NewConnection struct {
	ID        string // a UUID, with which a second attempt makes no second one; "" for a new one
	Tenant    tenancy.ID
	Kind      Kind
	Name      string
	Config    any    // becomes a JSON object; whoever owns the kind has checked it
	Secret    []byte // nil: none
	Provision bool
	CreatedBy string // the actor
}

// Create makes a connection. Errors: ErrKind, ErrName, ErrConfig, ErrSecret, ErrLimit, ErrCallback, tenancy.ErrNotFound,
// ErrConflict for an ID that is taken.
func (s *Store) Create(ctx context.Context, n NewConnection) (Connection, error) {
	id, err := uuid.Parse(cmp.Or(n.ID, uuid.NewString()))
	if err != nil {
		return Connection{}, ErrNotFound
	}
	c := Connection{ID: id.String(), Tenant: n.Tenant}
	name, config, secret, err := s.checked(c, n.Name, n.Config, n.Secret)
	switch {
	case err != nil:
		return Connection{}, err
	case n.Kind != KindOIDC && n.Kind != KindSAML:
		return Connection{}, ErrKind
	}
	now := s.now()
	err = s.locked(ctx, n.Tenant, func(tx *sqlx.Tx) error {
		var others int
		if err := tx.GetContext(ctx, &others, `SELECT count(*) FROM `+connections+` WHERE tenant_id = $1 AND id <> $2`, string(n.Tenant), c.ID); err != nil {
			return err
		}
		if others >= MaxConnections {
			return ErrLimit
		}
		if n.Kind == KindOIDC {
			if err := ownCallback(ctx, tx, n.Tenant, c.ID, config); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO `+connections+` (id, tenant_id, kind, name, config, secret, provision, state, state_at, state_by,
			revision, created_at, created_by, changed_at, changed_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9, $10, $8, $9, $8, $9) ON CONFLICT (id) DO NOTHING`,
			c.ID, string(n.Tenant), string(n.Kind), name, config, secret, n.Provision, now, n.CreatedBy, uuid.NewString())
		if err != nil {
			return err
		}
		c, err = get(ctx, tx, n.Tenant, c.ID)
		if errors.Is(err, ErrNotFound) {
			err = ErrConflict // another tenant has the id
		}
		return err
	})
	if err != nil {
		return Connection{}, fmt.Errorf("create sign-on connection of tenant %s: %w", n.Tenant, err)
	}
	return c, nil
}

// Copy makes a draft of a connection, with its secret: what is enforced is changed by changing a copy, testing it, and
// enforcing that instead. Errors as Create's, and ErrNotFound.
func (s *Store) Copy(ctx context.Context, tenant tenancy.ID, id, name, by string) (Connection, error) {
	c, err := s.Get(ctx, tenant, id)
	if err != nil {
		return Connection{}, err
	}
	secret, err := s.Secret(c)
	if err != nil {
		return Connection{}, err
	}
	return s.Create(ctx, NewConnection{
		Tenant: tenant, Kind: c.Kind, Name: name, Config: c.Config, Secret: secret, Provision: c.Provision, CreatedBy: by,
	})
}

// ConnectionChange is what a connection becomes.
type ConnectionChange struct {
	Revision  string // that was seen, so that nobody's change is lost
	Name      string
	Config    any
	Secret    []byte // nil: it stays
	Provision bool
	DraftOnly bool   // by somebody who must not change how people sign in
	By        string // the actor
}

// Change changes a connection. One whose Config or secret becomes another has to be tested anew, and cannot be while it is
// enforced. A secret is told to the provider that it is for alone, so it does not go along to another issuer. Errors: ErrName,
// ErrConfig, ErrSecret, ErrElse, ErrCallback, ErrNotFound, ErrConflict, ErrEnforced, ErrLive for DraftOnly.
func (s *Store) Change(ctx context.Context, tenant tenancy.ID, id string, n ConnectionChange) (Connection, error) {
	if uuid.Validate(id) != nil || uuid.Validate(n.Revision) != nil {
		return Connection{}, ErrNotFound
	}
	// In Postgres's own spelling, which the secret is sealed for.
	name, config, secret, err := s.checked(Connection{ID: uuid.MustParse(id).String(), Tenant: tenant}, n.Name, n.Config, n.Secret)
	if err != nil {
		return Connection{}, err
	}
	if err := s.mayChange(ctx, tenant, id, n, config); err != nil {
		return Connection{}, err
	}
	// A new revision is accepted too: then it is this statement's own, which was sent twice.
	var row connectionRow
	err = s.config.DB.GetContext(ctx, &row, `UPDATE `+connections+` SET name = $4, provision = $5, changed_at = $6, changed_by = $7,
			config = $8, secret = COALESCE($9, secret),
			revision = CASE WHEN config = $8 AND $9::bytea IS NULL THEN revision ELSE $10 END
		WHERE tenant_id = $1 AND id = $2 AND revision IN ($3, $10) AND (state <> 'enforced' OR config = $8 AND $9::bytea IS NULL)
			AND (state = 'draft' OR NOT $11) AND (kind <> 'oidc' OR NOT `+callbackTaken("$8")+`)
		RETURNING `+connectionColumns,
		string(tenant), id, n.Revision, name, n.Provision, s.now(), n.By, config, secret, uuid.NewString(), n.DraftOnly)
	if errors.Is(err, sql.ErrNoRows) {
		remains := ErrEnforced
		if n.DraftOnly {
			remains = ErrLive
		}
		return Connection{}, s.whyNot(ctx, tenant, id, n.Revision, remains)
	}
	if err != nil {
		return Connection{}, fmt.Errorf("change sign-on connection %s: %w", id, err)
	}
	return row.connection(), nil
}

// Remove deletes a draft. It does nothing when the tenant has none such. Error: ErrLive.
func (s *Store) Remove(ctx context.Context, tenant tenancy.ID, id string) error {
	if !isID(id) {
		return nil
	}
	result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+connections+` WHERE tenant_id = $1 AND id = $2 AND state = 'draft'`, string(tenant), id)
	if err != nil {
		return fmt.Errorf("remove sign-on connection %s: %w", id, err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		if err := s.whyNot(ctx, tenant, id, "", ErrLive); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

func isID(text string) bool { return uuid.Validate(text) == nil }

// whyNot returns why a statement about a connection found none: it is not there, it has another revision, or else what
// remains.
func (s *Store) whyNot(ctx context.Context, tenant tenancy.ID, id, revision string, remains error) error {
	c, err := s.Get(ctx, tenant, id)
	switch {
	case err != nil:
		return err
	case revision != "" && c.Revision != revision:
		return ErrConflict
	}
	return remains
}

// checked returns the parts of a connection as they are stored.
func (s *Store) checked(c Connection, name string, config any, secret []byte) (_, _ string, sealed []byte, err error) {
	name = strings.TrimSpace(name)
	n := utf8.RuneCountInString(name)
	if n == 0 || n > 100 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", "", nil, ErrName
	}
	text, err := json.Marshal(config)
	if err != nil {
		return "", "", nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	// Postgres's jsonb has no NUL.
	if len(text) > maxConfig || !bytes.HasPrefix(text, []byte("{")) || !utf8.Valid(text) || bytes.Contains(text, []byte(`\u0000`)) {
		return "", "", nil, ErrConfig
	}
	if secret == nil {
		return name, string(text), nil, nil
	}
	if len(secret) == 0 || len(secret) > maxSecret {
		return "", "", nil, ErrSecret
	}
	sealed, err = s.config.Seal.Seal(c.place(), secret)
	return name, string(text), sealed, err
}

// locked does work in a transaction while nobody else does such for the tenant. A tenant that is not there is
// tenancy.ErrNotFound.
func (s *Store) locked(ctx context.Context, tenant tenancy.ID, work func(*sqlx.Tx) error) error {
	tx, err := s.config.DB.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var id string
	if err := tx.GetContext(ctx, &id, `SELECT id FROM `+tenants+` WHERE id = $1 FOR NO KEY UPDATE`, string(tenant)); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return tenancy.ErrNotFound
		}
		return err
	}
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
