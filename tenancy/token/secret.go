package token

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"log/slog"
	"math/big"
	"strings"
)

// Prefix begins a secret and says what it is for. It lets secret scanners recognise a leaked secret, and us refuse one
// that is shown in the wrong place. All have the same length.
type Prefix string

// The prefixes.
const (
	ForTenant   Prefix = "spk_" // a SCIM token of a tenant
	ForOperator Prefix = "spo_" // an operator's API key
	ForSetUp    Prefix = "spl_" // a set-up link
	ForClient   Prefix = "spc_" // a secret of a tenant's OAuth client
	ForSignIn   Prefix = "spm_" // a link that was mailed to an administrator, to sign in with
	ForVisit    Prefix = "spv_" // a link with which an operator comes to a tenant's console
	ForConsole  Prefix = "spx_" // a link from the shell, with which an operator signs in to the operator's console
	ForHandoff  Prefix = "spf_" // what a SAML assertion told, on its way to the browser
)

// A secret is a prefix, 32 random bytes in base 62 and a CRC-32 of that text in base 62, each of fixed width. The
// checksum lets scanners and us tell a secret from other text without asking anybody.
const (
	prefixWidth   = len(ForTenant)
	alphabet      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomBytes   = 32
	randomWidth   = 43 // 62^43 > 2^256
	checksumWidth = 6  // 62^6 > 2^32
	secretWidth   = prefixWidth + randomWidth + checksumWidth
)

// redacted is what a secret or a key looks like to everyone who does not call Reveal.
const redacted = "[redacted]"

// Secret is a token, or another secret of the same form, as its holder has it. However it is printed, logged or encoded it shows nothing; only Reveal does.
type Secret struct{ text string }

// NewSecret returns a random secret.
func NewSecret(prefix Prefix) Secret {
	var b [randomBytes]byte
	rand.Read(b[:]) // never fails, by its documentation
	body := encode(b[:])
	return Secret{string(prefix) + body + checksum(body)}
}

// Parse returns the token's secret that text is, or ErrMalformed. It asks nobody: text has the right form, which does
// not mean that such a token exists.
func Parse(text string) (Secret, error) { return ParseSecret(ForTenant, text) }

// ParseSecret is Parse for secrets with any prefix.
func ParseSecret(prefix Prefix, text string) (Secret, error) {
	if !prefix.begins(text) {
		return Secret{}, ErrMalformed
	}
	return Secret{text}, nil
}

// WellFormed says whether text has the prefix, length, alphabet and checksum of a token's secret.
func WellFormed(text string) bool { return ForTenant.begins(text) }

// begins says whether text is a secret with the prefix.
func (p Prefix) begins(text string) bool {
	if len(text) != secretWidth || !strings.HasPrefix(text, string(p)) {
		return false
	}
	for i := prefixWidth; i < len(text); i++ {
		if strings.IndexByte(alphabet, text[i]) < 0 {
			return false
		}
	}
	body := text[prefixWidth : prefixWidth+randomWidth]
	return text[prefixWidth+randomWidth:] == checksum(body)
}

func checksum(body string) string {
	var digits [checksumWidth]byte
	n := crc32.ChecksumIEEE([]byte(body))
	for i := checksumWidth - 1; i >= 0; i-- {
		digits[i] = alphabet[n%uint32(len(alphabet))]
		n /= uint32(len(alphabet))
	}
	return string(digits[:])
}

// encode returns bytes in base 62 with leading zeros to randomWidth.
func encode(b []byte) string {
	n, base, rest := new(big.Int).SetBytes(b), big.NewInt(int64(len(alphabet))), new(big.Int)
	digits := make([]byte, randomWidth)
	for i := randomWidth - 1; i >= 0; i-- {
		n.DivMod(n, base, rest)
		digits[i] = alphabet[rest.Int64()]
	}
	return string(digits)
}

// Reveal returns the secret itself, to be shown to its holder once.
func (s Secret) Reveal() string { return s.text }

// Hint returns the last four characters, by which people tell secrets apart.
func (s Secret) Hint() string { return s.text[max(0, len(s.text)-4):] }

// String returns a placeholder.
func (Secret) String() string { return redacted }

// GoString returns a placeholder.
func (Secret) GoString() string { return redacted }

// Format writes a placeholder for every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue returns a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
