package saml

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy/signon"
)

const day = 24 * time.Hour

// warnings are how many days before it ends a certificate is warned of, ascending.
var warnings = [...]int{1, 7, 30}

// sayEnded is for how long after its end it is still said that a certificate has ended: longer than nobody looks.
const sayEnded = 7 * day

// Ending is a certificate of an identity provider, or our own for it, that ends soon or has ended lately.
type Ending struct {
	Certificate

	Ours bool

	// Days is within how many days it ends: 30, 7 or 1; 0: it has ended.
	Days int
	// Other is until when another certificate of the connection is good, for longer than this one; zero: there is none.
	Other time.Time
}

// Endings returns the certificates of a connection's identity provider that end within 30 days or have ended within the last
// 7, in the order in which the connection has them. One that was made for no longer than so many days is not warned of them, since it is
// changed more often than that; its end is told all the same.
func Endings(c signon.Connection, now time.Time) ([]Ending, error) {
	var config Config
	if err := json.Unmarshal(c.Config, &config); err != nil {
		return nil, fmt.Errorf("read sign-on connection %s: %w", c.ID, err)
	}
	all := config.ShownCertificates()
	var list []Ending
	for _, certificate := range all {
		days, ok := certificate.warn(now)
		if !ok {
			continue
		}
		e := Ending{Certificate: certificate, Days: days}
		for _, other := range all {
			if other.NotAfter.After(certificate.NotAfter) && other.NotAfter.After(now) && other.NotAfter.After(e.Other) {
				e.Other = other.NotAfter
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// Ending returns our own certificate, as Endings those of the provider, and false where nothing is to be said of it now.
func (k KeyPair) Ending(now time.Time) (Ending, bool) {
	days, ok := k.Certificate().warn(now)
	e := Ending{Certificate: k.Certificate(), Ours: true, Days: days}
	if other, there := k.Other(); there && other.NotAfter.After(e.NotAfter) && other.NotAfter.After(now) {
		e.Other = other.NotAfter
	}
	return e, ok
}

// warn returns within how many days the certificate ends, 0 where it has, and false where nothing is to be said of it now.
func (c Certificate) warn(now time.Time) (days int, ok bool) {
	left := c.NotAfter.Sub(now)
	if left < 0 {
		return 0, left > -sayEnded
	}
	for _, days := range warnings {
		if within := time.Duration(days) * day; left <= within {
			return days, c.NotAfter.Sub(c.NotBefore) > within
		}
	}
	return 0, false
}
