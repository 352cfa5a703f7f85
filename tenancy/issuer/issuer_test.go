package issuer

import "testing"

func TestCheck(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]struct{ own, tenants bool }{
		"https://login.example.com":         {true, true},
		"https://login.example.com/tenant/": {true, true},
		"https://8.8.8.8":                   {true, true},
		"https://10.0.0.1":                  {true, false},
		"https://127.0.0.1":                 {true, false},
		"https://LocalHost:8443":            {true, false},
		"https://[::ffff:10.0.0.1]":         {true, false},
		"http://127.0.0.1:9":                {true, false},
		"http://[::1]:9":                    {true, false},
		"http://localhost:9":                {true, false},
		"http://login.example.com":          {},
		"http://10.0.0.1":                   {},
		"http://localhost.example.com":      {},
		"":                                  {},
		"login.example.com":                 {},
		"https:login.example.com":           {},
		"https://":                          {},
		"https://a.com/?x=1":                {},
		"https://a.com?":                    {},
		"https://a.com#x":                   {},
		"https://user:pass@a.com":           {},
		"ftp://127.0.0.1":                   {},
		"file:///etc/passwd":                {},
	} {
		if err := Check(issuer, true); (err == nil) != want.own {
			t.Errorf("%q of the operator: %v", issuer, err)
		}
		if err := Check(issuer, false); (err == nil) != want.tenants {
			t.Errorf("%q of a tenant: %v", issuer, err)
		}
	}
}
