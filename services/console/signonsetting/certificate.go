package signonsetting

import (
	"encoding/pem"
	"errors"
	"net/http"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/services/console/signin"
	"github.com/askspoke/spoke/services/console/web"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// Our own certificate is changed in three steps, in each of which people go on signing in: a new one is made besides, and the
// metadata has both; once the provider has it, it is used, and the old one is kept besides, to go back to; at last that one is
// removed. All of a tenant's connections by SAML have one key, so the steps are of all.

// samlCertificate is our certificate, for providers that want it as a file: the one that is used, or the other.
func (s *Pages) samlCertificate(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	if c.Kind != signon.KindSAML {
		return web.ErrNothingHere
	}
	_, made, err := s.In.SAMLProvider(x, c)
	if err != nil {
		return err
	}
	der, name := made.Key.CertificateDER(), "spoke-"+string(x.Tenant.Slug)
	if x.Query("other") != "" {
		if der, name = made.Key.OtherDER(), name+"-other"; der == nil {
			return web.ErrNothingHere
		}
	}
	x.Header("Content-Type", "application/x-pem-file")
	x.Header("Content-Disposition", `attachment; filename="`+name+`.pem"`)
	return pem.Encode(x, &pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// errOtherCertificate says that a step was asked for from what is not so any more.
var errOtherCertificate = errors.New("our certificates were changed meanwhile")

// rotateCertificate makes one of the steps. The form names the certificate that it is about, so that one that is sent again, or
// from a page of before, does nothing else than it said.
func (s *Pages) rotateCertificate(x *web.Exchange) error {
	c, err := s.connection(x)
	if err != nil {
		return err
	}
	if c.Kind != signon.KindSAML {
		return web.ErrNothingHere
	}
	step, of := x.PostForm("step"), x.PostForm("certificate")
	var fresh saml.KeyPair
	var said string
	switch step {
	case "make": // before anything is held: it takes a while
		fresh, err = saml.NewKeyPair(s.Host(x.Tenant.Slug), x.Now())
		said = "There is a new certificate besides, and the metadata has both. Give it to your identity provider, and have it used then."
	case "use":
		said = "The certificate is used from now on. Test the connection; you can go back as long as the other one is there."
	case "remove":
		said = "The certificate that is not used is removed."
	default:
		return web.Refuse(http.StatusUnprocessableEntity, "There is no such step", "Nothing was changed.").At(place.SignOn+"/"+c.ID, "Back")
	}
	if err != nil {
		return err
	}
	err = s.SignOn.ChangeSecrets(x.Context(), x.Tenant.ID, signon.KindSAML, x.Viewer.Actor, func(secret []byte) ([]byte, error) {
		key, err := saml.ParseKeyPair(secret)
		if err != nil {
			return nil, err
		}
		if key, err = rotated(key, step, of, fresh); err != nil {
			return nil, err
		}
		return key.Secret()
	})
	switch {
	case errors.Is(err, errOtherCertificate):
		return web.Refuse(http.StatusConflict, "The certificates were changed meanwhile", "Nothing was changed. Look at them as they are now, and do it again.").Because(err).
			At(place.SignOn+"/"+c.ID, "Back")
	case err != nil:
		return signin.Refusal(err)
	}
	return x.SeeOther(place.SignOn+"/"+c.ID, web.Done("%s", said))
}

// rotated returns the key after a step about the certificate with a fingerprint: what was done already is done.
func rotated(key saml.KeyPair, step, of string, fresh saml.KeyPair) (saml.KeyPair, error) {
	used := key.Certificate().Fingerprint
	other, two := key.Other()
	switch {
	case step == "make" && !two && used == of:
		return key.With(fresh), nil
	case step == "make" && two && used == of: // it was made already
		return key, nil
	case step == "use" && two && other.Fingerprint == of:
		return key.Turned(), nil
	case step == "use" && used == of:
		return key, nil
	case step == "remove" && two && other.Fingerprint == of:
		return key.Alone(), nil
	case step == "remove" && !two && used != of:
		return key, nil
	}
	return key, errOtherCertificate
}
