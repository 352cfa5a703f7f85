package hostname_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/askspoke/spoke/tenancy/hostname"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	type answer struct{ Host, Client string }
	const proxy, stranger = "10.0.0.1:4000", "203.0.113.9:4000"
	for name, tc := range map[string]struct {
		peer   string
		header http.Header
		want   answer
	}{
		"plain":     {peer: stranger, want: answer{"acme.askspoke.com", "203.0.113.9"}},
		"no header": {peer: proxy, want: answer{"acme.askspoke.com", "10.0.0.1"}},
		"no address": {
			peer: "@", header: http.Header{"X-Forwarded-Host": {"b.example"}},
			want: answer{"acme.askspoke.com", "invalid IP"},
		},
		"a stranger's headers": {
			peer:   stranger,
			header: http.Header{"X-Forwarded-Host": {"b.example"}, "X-Forwarded-For": {"192.0.2.1"}},
			want:   answer{"acme.askspoke.com", "203.0.113.9"},
		},
		"a proxy's headers": {
			peer:   proxy,
			header: http.Header{"X-Forwarded-Host": {"B.example:443"}, "X-Forwarded-For": {"192.0.2.1"}},
			want:   answer{"b.example", "192.0.2.1"},
		},
		"mapped peer": {
			peer: "[::ffff:10.0.0.1]:4000", header: http.Header{"X-Forwarded-Host": {"b.example"}},
			want: answer{"b.example", "10.0.0.1"},
		},
		"the last value": {
			peer:   proxy,
			header: http.Header{"X-Forwarded-Host": {"evil.example", "evil.example, b.example"}},
			want:   answer{"b.example", "10.0.0.1"},
		},
		"empty values": {
			peer: proxy, header: http.Header{"X-Forwarded-Host": {""}, "X-Forwarded-For": {""}},
			want: answer{"acme.askspoke.com", "10.0.0.1"},
		},
		"chain": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"1.1.1.1, 192.0.2.1:99", "fd00::2, 10.9.9.9"}},
			want: answer{"acme.askspoke.com", "192.0.2.1"},
		},
		"all trusted": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"10.3.3.3, 10.2.2.2"}},
			want: answer{"acme.askspoke.com", "10.3.3.3"},
		},
		"malformed element": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"192.0.2.1, unknown, 10.2.2.2"}},
			want: answer{"acme.askspoke.com", "10.2.2.2"},
		},
		"bracketed": {
			peer: proxy, header: http.Header{"X-Forwarded-For": {"[2001:db8::1]:443"}},
			want: answer{"acme.askspoke.com", "2001:db8::1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{Host: "acme.askspoke.com", RemoteAddr: tc.peer, Header: tc.header}
			host, err := hostname.FromRequest(r, trusted)
			if err != nil {
				t.Fatal(err)
			}
			got := answer{host, hostname.ClientAddr(r, trusted).String()}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
