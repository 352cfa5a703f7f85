package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// TellEnding tells a tenant's administrators of certificates of a connection that end. It is called again and again with the
// same, which are told once.
type TellEnding func(ctx context.Context, c signon.Connection, list []saml.Ending, now time.Time) error

// WarnCertificates is the job that warns of certificates that end, of identity providers and our own for them, of connections by
// which people sign in. One connection that fails does not keep the others from being warned of. now is time.Now where it is nil.
func WarnCertificates(store *signon.Store, tell TellEnding, now func() time.Time) Job {
	if now == nil {
		now = time.Now
	}
	return Job{Name: "warn of ending certificates", Every: time.Hour, Do: func(ctx context.Context) error {
		var failed []error
		err := store.EachLive(ctx, signon.KindSAML, func(c signon.Connection) error {
			at := now()
			list, err := saml.Endings(c, at)
			if ours, again := ownEnding(store, c, at); again != nil { // the provider's are told of all the same
				failed = append(failed, fmt.Errorf("warn of our certificate of sign-on connection %s: %w", c.ID, again))
			} else {
				list = append(list, ours...)
			}
			if err == nil && len(list) > 0 {
				err = tell(ctx, c, list, at)
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("warn of certificates of sign-on connection %s: %w", c.ID, err))
			}
			return ctx.Err()
		})
		return errors.Join(append(failed, err)...)
	}}
}

// ownEnding returns our certificate of a connection where it ends.
func ownEnding(store *signon.Store, c signon.Connection, at time.Time) ([]saml.Ending, error) {
	secret, err := store.Secret(c)
	if err != nil || secret == nil {
		return nil, err
	}
	key, err := saml.ParseKeyPair(secret)
	if err != nil {
		return nil, err
	}
	if e, ok := key.Ending(at); ok {
		return []saml.Ending{e}, nil
	}
	return nil, nil
}
