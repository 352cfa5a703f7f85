package issuer

import (
	"context"
	"fmt"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// Shown are keys that are read each time that a signature is verified: of an issuer that is asked seldom, whose
// configuration somebody else has read. It is what go-oidc calls a KeySet.
type Shown struct {
	client  *http.Client
	address string
	own     bool
}

// At returns the keys that are shown at an address, which is asked by Client(own), or the one that is given.
func At(address string, client *http.Client, own bool) Shown {
	if client == nil {
		client = Client(own)
	}
	return Shown{client: client, address: address, own: own}
}

// VerifySignature returns what a JWT says that one of the keys has signed. Errors wrap ErrNoKey, also for a signature that
// is another's, or ErrUnavailable.
func (s Shown) VerifySignature(ctx context.Context, text string) (payload []byte, err error) {
	defer func() { // a stranger's keys and signature are looked at here
		if p := recover(); p != nil {
			payload, err = nil, fmt.Errorf("%w: panic: %v", ErrUnavailable, p)
		}
	}()
	algs := make([]jose.SignatureAlgorithm, len(algorithms))
	for i, a := range algorithms {
		algs[i] = jose.SignatureAlgorithm(a)
	}
	signed, err := jose.ParseSignedCompact(text, algs)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, fmt.Errorf("%w: it is not signed as a JWT is", ErrNoKey)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	keys, err := (&Keys{config: Config{Own: s.own}, client: s.client}).keysAt(ctx, s.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	header := signed.Signatures[0].Header
	for _, key := range (state{keys: keys}).find(header.KeyID, header.Algorithm).Keys {
		if payload, err := signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("%w: none of those at %.200q made the signature", ErrNoKey, s.address)
}
