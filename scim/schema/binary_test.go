package schema

import (
	"encoding/base64"
	"strings"
	"testing"
)

// RFC 4648 sections 4 and 5, with padding or without (RFC 7643 section 2.3.6).
func TestIsBase64(t *testing.T) {
	t.Parallel()
	data := make([]byte, 0, 300)
	for i := range cap(data) {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			if text := encoding.EncodeToString(data); !isBase64(text) {
				t.Errorf("%q is no base64", text)
			}
		}
		data = append(data, byte(251*i+63))
	}
	for _, text := range []string{
		"A", "AAAAA", "AA=", "A===", "====", "=", "AAA==", "AA=A", "A A=", "AA\n==", "AAAA\r\nAAAA", "A-+A", "_A/A", "ÄÄ==", "AAA\x00", "AA!=",
		"-----BEGIN CERTIFICATE-----", "this is no base64!", strings.Repeat("A", 77) + "\n",
	} {
		if isBase64(text) {
			t.Errorf("%q is base64", text)
		}
	}
}
