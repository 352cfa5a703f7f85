package saml_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/infra/samltest"
	"github.com/askspoke/spoke/tenancy/signon"
	"github.com/askspoke/spoke/tenancy/signon/saml"
)

// A certificate is warned of in steps, until a week after its end.
func TestEndings(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const none = -1
	for name, tc := range map[string]struct {
		left []time.Duration // of each certificate
		want []int           // its days, or none
		next bool            // the first one has another that is good for longer
	}{
		"far":             {left: []time.Duration{30*24*time.Hour + time.Second}, want: []int{none}},
		"a month":         {left: []time.Duration{30 * 24 * time.Hour}, want: []int{30}},
		"more than 7":     {left: []time.Duration{7*24*time.Hour + time.Second}, want: []int{30}},
		"a week":          {left: []time.Duration{7 * 24 * time.Hour}, want: []int{7}},
		"a day":           {left: []time.Duration{24 * time.Hour}, want: []int{1}},
		"now":             {left: []time.Duration{0}, want: []int{1}},
		"ended":           {left: []time.Duration{-time.Second}, want: []int{0}},
		"ended long ago":  {left: []time.Duration{-7 * 24 * time.Hour}, want: []int{none}},
		"being changed":   {left: []time.Duration{3 * 24 * time.Hour, 900 * 24 * time.Hour}, want: []int{7, none}, next: true},
		"both end":        {left: []time.Duration{12 * time.Hour, 5 * 24 * time.Hour}, want: []int{1, 7}, next: true},
		"both have ended": {left: []time.Duration{-2 * time.Hour, -time.Hour}, want: []int{0, 0}},
		"none is known":   {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var config saml.Config
			var want, got []int
			for i, left := range tc.left {
				config.Certificates = append(config.Certificates, samltest.Until(now.Add(left)).Certificate.Raw)
				if tc.want[i] != none {
					want = append(want, tc.want[i])
				}
			}
			list, err := saml.Endings(connectionWith(t, config), now)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				got = append(got, e.Days)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("days (-want +got)\n%s", diff)
			}
			if len(list) > 0 && !list[0].Other.IsZero() != tc.next {
				t.Errorf("the other is good until %v", list[0].Other)
			}
		})
	}
	if _, err := saml.Endings(signon.Connection{Config: []byte("{")}, now); err == nil {
		t.Error("a config that cannot be read has no certificates that end")
	}
	made := now.Add(-24 * time.Hour)
	for days, want := range map[int]int{6: 0, 7: 0, 10: 0, 30: 0, 31: 1} { // how long it was made for, and how many are warned of
		end := made.Add(time.Duration(days) * 24 * time.Hour)
		list, err := saml.Endings(connectionWith(t, saml.Config{Certificates: [][]byte{shortLived(t, made, end)}}), now)
		if err != nil || len(list) != want {
			t.Errorf("one that is made for %d days: %v, %v", days, list, err)
		}
	}
	broken := saml.Config{Certificates: [][]byte{[]byte("no certificate")}}
	if list, err := saml.Endings(connectionWith(t, broken), now); len(list) != 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
}

func connectionWith(t *testing.T, config saml.Config) signon.Connection {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return signon.Connection{ID: "one", Kind: signon.KindSAML, Config: text}
}

// shortLived returns a certificate as those make that change theirs often.
func shortLived(t *testing.T, from, to time.Time) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
