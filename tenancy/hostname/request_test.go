package hostname_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/hostname"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	type answer struct{ Host, Scheme, Client string }
	const proxy, stranger = "10.0.0.1:4000", "203.0.113.9:4000"
	for name, tc := range map[string]struct {
		peer   string
		header http.Header
		tls    bool
		want   answer
	}{
		"plain":     {peer: stranger, want: answer{"acme.askspoke.com", "http", "203.0.113.9"}},
		"tls":       {peer: stranger, tls: true, want: answer{"acme.askspoke.com", "https", "203.0.113.9"}},
		"no header": {peer: proxy, want: answer{"acme.askspoke.com", "http", "10.0.0.1"}},
		"no address": {
			peer: "@", header: http.Header{"X-Forwarded-Host": {"b.example"}},
			want: answer{"acme.askspoke.com", "http", "invalid IP"},
		},
		"a stranger's headers": {
			peer:   stranger,
			header: http.Header{"X-Forwarded-Host": {"b.example"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.1"}},
			want:   answer{"acme.askspoke.com", "http", "203.0.113.9"},
		},
		"a proxy's headers": {
			peer:   proxy,
			header: http.Header{"X-Forwarded-Host": {"B.example:443"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.1"}},
			want:   answer{"b.example", "https", "192.0.2.1"},
		},
		"mapped peer": {
			peer: "[::ffff:10.0.0.1]:4000", header: http.Header{"X-Forwarded-Host": {"b.example"}},
			want: answer{"b.example", "http", "10.0.0.1"},
		},
		"the last value": {
			peer:   proxy,
			header: http.Header{"X-Forwarded-Host": {"evil.example", "evil.example, b.example"}, "X-Forwarded-Proto": {"https, http"}},
			want:   answer{"b.example", "http", "10.0.0.1"},
		},
		"empty values": {
			peer: proxy, header: http.Header{"X-Forwarded-Host": {""}, "X-Forwarded-Proto": {"gopher"}, "X-Forwarded-For": {""}},
			want: answer{"acme.askspoke.com", "http", "10.0.0.1"},
		},
		"chain": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"1.1.1.1, 192.0.2.1:99", "fd00::2, 10.9.9.9"}},
			want: answer{"acme.askspoke.com", "http", "192.0.2.1"},
		},
		"all trusted": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"10.3.3.3, 10.2.2.2"}},
			want: answer{"acme.askspoke.com", "http", "10.3.3.3"},
		},
		"malformed element": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"192.0.2.1, unknown, 10.2.2.2"}},
			want: answer{"acme.askspoke.com", "http", "10.2.2.2"},
		},
		"bracketed": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"[2001:db8::1]:443"}},
			want: answer{"acme.askspoke.com", "http", "2001:db8::1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{Host: "acme.askspoke.com", RemoteAddr: tc.peer, Header: tc.header}
			if tc.tls {
				r.TLS = new(tls.ConnectionState)
			}
			host, err := hostname.FromRequest(r, trusted)
			if err != nil {
				t.Fatal(err)
			}
			got := answer{host, hostname.Scheme(r, trusted), hostname.ClientAddr(r, trusted).String()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
