package signon

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Recovery codes are read from paper: 80 random bits in an alphabet without what looks alike (Crockford's base 32), in
// groups.
const (
	codeCount    = 10
	codeAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	codeLength   = 16
	codeGroup    = 4
)

func newCode() string {
	var b [codeLength]byte
	rand.Read(b[:]) // never fails, by its documentation
	var code strings.Builder
	for i, x := range b {
		if i > 0 && i%codeGroup == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(codeAlphabet[x%byte(len(codeAlphabet))]) // 256 is a multiple of 32, so all are alike
	}
	return code.String()
}

// parseCode returns a code as it is hashed, from what a person typed.
func parseCode(text string) (string, bool) {
	if len(text) > 4*codeLength {
		return "", false
	}
	code := strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
	return code, len(code) == codeLength && strings.Trim(code, codeAlphabet) == ""
}

func (s *Store) hashCode(tenant tenancy.ID, code string) []byte {
	mac := hmac.New(sha256.New, s.codeKey[:])
	mac.Write([]byte(string(tenant) + " " + strings.ReplaceAll(code, "-", "")))
	return mac.Sum(nil)
}

func dropCodes(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM `+codes+` WHERE tenant_id = $1`, string(tenant))
	return err
}

func (s *Store) makeCodes(ctx context.Context, tx *sqlx.Tx, tenant tenancy.ID, by string) ([]string, error) {
	if err := dropCodes(ctx, tx, tenant); err != nil {
		return nil, err
	}
	made, now := make([]string, codeCount), s.now()
	for i := range made {
		made[i] = newCode()
		if _, err := tx.ExecContext(ctx, `INSERT INTO `+codes+` (id, tenant_id, hash, created_at, created_by) VALUES ($1, $2, $3, $4, $5)`,
			uuid.NewString(), string(tenant), s.hashCode(tenant, made[i]), now, by); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// RenewCodes returns new recovery codes, which cannot be had again, in place of those that were made at a time, which are void
// then: asked again, it leaves those that it has returned. Errors: ErrNoPolicy where sign-on is not enforced, ErrRenewed
// where there are others.
func (s *Store) RenewCodes(ctx context.Context, tenant tenancy.ID, by string, old time.Time) (made []string, err error) {
	err = s.locked(ctx, tenant, func(tx *sqlx.Tx) error {
		var enforced bool
		if err := tx.GetContext(ctx, &enforced, `SELECT EXISTS (SELECT 1 FROM `+connections+` WHERE tenant_id = $1 AND state = 'enforced')`, string(tenant)); err != nil {
			return err
		}
		if !enforced {
			return ErrNoPolicy
		}
		var last sql.NullTime
		if err := tx.GetContext(ctx, &last, `SELECT max(created_at) FROM `+codes+` WHERE tenant_id = $1`, string(tenant)); err != nil {
			return err
		}
		if !tenantdb.TimeOf(last).Equal(old) {
			return ErrRenewed
		}
		made, err = s.makeCodes(ctx, tx, tenant, by)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("renew recovery codes of tenant %s: %w", tenant, err)
	}
	return made, nil
}

// LookCode says whether a recovery code could be used now, and does not use it. Error: ErrCode.
func (s *Store) LookCode(ctx context.Context, tenant tenancy.ID, text string) error {
	code, ok := parseCode(text)
	if !ok {
		return ErrCode
	}
	var left bool
	err := s.config.DB.GetContext(ctx, &left, `SELECT EXISTS (SELECT 1 FROM `+codes+` WHERE tenant_id = $1 AND hash = $2 AND use_id IS NULL)`,
		string(tenant), s.hashCode(tenant, code))
	if err != nil {
		return fmt.Errorf("look at recovery code of tenant %s: %w", tenant, err)
	}
	if !left {
		return ErrCode
	}
	return nil
}

// UseCode uses a recovery code up, once: of two at once, one does. Error: ErrCode.
func (s *Store) UseCode(ctx context.Context, tenant tenancy.ID, text, by string) error {
	code, ok := parseCode(text)
	if !ok {
		return ErrCode
	}
	var id string
	err := s.config.DB.GetContext(ctx, &id, `UPDATE `+codes+` SET used_at = $3, used_by = $4, use_id = $5
		WHERE tenant_id = $1 AND hash = $2 AND (use_id IS NULL OR use_id = $5) RETURNING id`,
		string(tenant), s.hashCode(tenant, code), s.now(), by, uuid.NewString())
	if errors.Is(err, sql.ErrNoRows) {
		return ErrCode
	}
	if err != nil {
		return fmt.Errorf("use recovery code of tenant %s: %w", tenant, err)
	}
	return nil
}

// Codes are a tenant's recovery codes.
type Codes struct {
	Left   int       // that were not used
	Made   time.Time // zero: there are none
	UsedAt time.Time // the last time; zero: never
}

// Codes returns what is left of a tenant's recovery codes.
func (s *Store) Codes(ctx context.Context, tenant tenancy.ID) (Codes, error) {
	var row struct {
		Left   int          `db:"unused"`
		Made   sql.NullTime `db:"made"`
		UsedAt sql.NullTime `db:"last_used"`
	}
	err := s.config.DB.GetContext(ctx, &row, `SELECT count(*) FILTER (WHERE used_at IS NULL) AS unused, max(created_at) AS made,
		max(used_at) AS last_used FROM `+codes+` WHERE tenant_id = $1`, string(tenant))
	if err != nil {
		return Codes{}, fmt.Errorf("count recovery codes of tenant %s: %w", tenant, err)
	}
	return Codes{Left: row.Left, Made: tenantdb.TimeOf(row.Made), UsedAt: tenantdb.TimeOf(row.UsedAt)}, nil
}
