// Package saml is the service provider's side of SAML 2.0 (saml-core, saml-bindings and saml-profiles of OASIS, March 2005):
// it publishes what an identity provider must know, sends a browser there, and decides whether the answer that comes back
// tells who somebody is.
//
// It serves no HTTP, keeps no session and does not decide what a person may do. It signs nobody out, resolves no artifacts,
// and does not verify the signature of metadata: who pastes or fetches metadata vouches for it.
//
// Invariants: what is read is what a certificate of the provider's signed, and nothing beside it. A message with two
// assertions, a repeated ID, a comment, a processing instruction or a document type is refused before any of it counts, so
// nothing can be wrapped around what was signed. An assertion counts once at its tenant, on all replicas, and so does a
// request of ours. An answer to a request is one to a request that we made for this tenant not long ago; whether it came
// back to the browser that began it is for who holds that browser's session to check, by Result.RequestID.
package saml

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/crewjam/saml"
	"github.com/google/uuid"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/issuer"
	"github.com/askspoke/spoke/tenancy/tenantdb"
	"github.com/askspoke/spoke/tenancy/token"
)

// How far the clock of an identity provider may be from ours, and how old an answer may be when it arrives.
const (
	Skew   = 3 * time.Minute
	MaxAge = 2 * time.Minute
)

// The library keeps its bounds of time in variables. Its own would refuse an answer of 90 seconds ago, though a provider's
// clock that is behind by less than Skew is let pass everywhere else.
func init() { //nolint:gochecknoinits // they are read while requests are served, and so must be set before
	saml.MaxClockSkew, saml.MaxIssueDelay = Skew, Skew+MaxAge
}

var (
	assertions = tenantdb.Control.Table("assertions")
	handoffs   = tenantdb.Control.Table("handoffs")
	tenants    = tenantdb.Control.Table("tenants")
)

// Options is what a Store needs.
type Options struct {
	DB  *tenantdb.DB
	Key token.Key // what requests are recognised with, and handoffs are hashed under
	// PrivateProviders lets providers be at addresses that are not public, and speak http on this machine.
	PrivateProviders bool
	Client           *http.Client     // that fetches metadata; default issuer.Client(PrivateProviders)
	Now              func() time.Time // default time.Now
	Logger           *slog.Logger     // default none
}

// Store remembers which assertions were used, and keeps what one told until the browser comes for it. It is safe for
// concurrent use.
type Store struct {
	config  Options
	request [sha256.Size]byte
}

// New returns a Store.
func New(o Options) (*Store, error) {
	if o.DB == nil || o.Key == (token.Key{}) {
		return nil, errors.New("new SAML store: a database and a key are needed")
	}
	if o.Client == nil {
		o.Client = issuer.Client(o.PrivateProviders)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{config: o, request: o.Key.Derive("saml requests")}, nil
}

// now is the time as Postgres keeps it.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// use notes that a tenant used what has an ID, which nobody may use again until expires. Of two at once, one does. Error:
// ErrReplayed.
func (s *Store) use(ctx context.Context, tenant tenancy.ID, kind, id string, expires time.Time) error {
	// The hash bounds what a provider's ID may be, and kind keeps ours apart from theirs.
	hash := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s", kind, id))
	var by string
	// A statement that is sent twice finds its own row.
	err := s.config.DB.GetContext(ctx, &by, `INSERT INTO `+assertions+` AS a (tenant_id, id, use_id, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, id) DO UPDATE SET expires_at = a.expires_at WHERE a.use_id = EXCLUDED.use_id RETURNING use_id`,
		string(tenant), hash[:], uuid.NewString(), expires.UTC().Add(keepUsed))
	if errors.Is(err, sql.ErrNoRows) {
		return refuse(ErrReplayed, "%s", kind)
	}
	if err != nil {
		return &storeError{fmt.Errorf("note a used SAML assertion of tenant %s: %w", tenant, err)}
	}
	return nil
}

// keepUsed is how much longer than it could be accepted a used assertion is remembered: replicas' clocks differ.
const keepUsed = 10 * time.Minute

const pruneBatch = 1000

// Prune deletes assertions that cannot be used any more and handoffs that nobody came for, in small batches. It returns how
// many rows went.
func (s *Store) Prune(ctx context.Context) (deleted int64, err error) {
	for table, id := range map[string]string{assertions: "tenant_id, id", handoffs: "hash"} {
		for {
			result, err := s.config.DB.ExecContext(ctx, `DELETE FROM `+table+` WHERE (`+id+`) IN
				(SELECT `+id+` FROM `+table+` WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, s.now(), pruneBatch)
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", table, err)
			}
			n, err := result.RowsAffected()
			if err != nil {
				return deleted, fmt.Errorf("prune %s: %w", table, err)
			}
			if deleted += n; n < pruneBatch {
				break
			}
		}
	}
	return deleted, nil
}
