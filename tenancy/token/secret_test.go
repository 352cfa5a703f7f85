package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestWellFormed(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if s := NewSecret(ForTenant); !WellFormed(s.Reveal()) {
			t.Fatalf("a new secret is malformed: %s", s.Reveal())
		}
	}
	if got := encode(bytes.Repeat([]byte{0xff}, randomBytes)); len(got) != randomWidth {
		t.Errorf("the largest number has %d digits", len(got))
	}
	// The form of a secret is a promise to those who hold one and to secret scanners: it does not change.
	const fixed = "spk_0000000000000000000000000000000000000000000"
	if got := string(ForTenant) + encode(make([]byte, randomBytes)) + checksum(encode(make([]byte, randomBytes))); got != fixed+"2CZclj" {
		t.Errorf("the form changed: %s", got)
	}
	good := NewSecret(ForTenant).Reveal()
	bad := map[string]string{
		"empty":           "",
		"prefix alone":    "spk_",
		"no prefix":       good[4:],
		"other prefix":    "ghp_" + good[4:],
		"another kind":    NewSecret(ForOperator).Reveal(),
		"truncated":       good[:len(good)-1],
		"longer":          good + "0",
		"space":           good[:len(good)-1] + " ",
		"wrong alphabet":  good[:10] + "-" + good[11:],
		"multibyte":       good[:10] + "é" + good[12:],
		"two swapped":     swapped(good),
		"checksum zeroed": good[:len(good)-6] + "000000",
	}
	for name, text := range bad {
		if WellFormed(text) {
			t.Errorf("%s is well-formed", name)
		}
		if _, err := Parse(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range good { // any one character altered
		c := byte('a')
		if good[i] == c {
			c = 'b'
		}
		if text := good[:i] + string(c) + good[i+1:]; WellFormed(text) {
			t.Errorf("altered at %d, it is well-formed", i)
		}
	}
}

// swapped exchanges two neighbouring characters that differ.
func swapped(s string) string {
	b := []byte(s)
	for i := prefixWidth; i < len(b)-1; i++ {
		if b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			break
		}
	}
	return string(b)
}

// Neither a secret nor a key shows itself, whatever one does to print it, inside another value as well.
func TestRedaction(t *testing.T) {
	t.Parallel()
	text := GenerateKey()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	secret := NewSecret(ForTenant)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	forbidden := []string{secret.Reveal(), text, string(raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%d", raw), fmt.Sprintf("%x", secret.Reveal())}
	wrapped := struct {
		Secret Secret
		Key    Key
		Ptr    *Secret
	}{secret, key, &secret}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T"} {
		for _, v := range []any{secret, &secret, key, &key, wrapped, []Secret{secret}, map[string]Key{"k": key}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, secret.String(), secret.GoString(), key.String(), key.GoString())
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("x", "secret", secret, "key", key, "pointer", &secret, "wrapped", wrapped)
	}
	document, err := json.Marshal(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(document)
	for _, f := range forbidden {
		if strings.Contains(out.String(), f) {
			t.Errorf("shown: %s in\n%s", f, out.String())
		}
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16) // its base64 has + and /
	std := base64.StdEncoding.EncodeToString(raw)
	for name, tc := range map[string]struct {
		text string
		ok   bool
	}{
		"standard":        {std, true},
		"with newline":    {std + "\n", true},
		"unpadded":        {strings.TrimRight(std, "="), true},
		"url":             {base64.URLEncoding.EncodeToString(raw), true},
		"generated":       {GenerateKey(), true},
		"empty":           {"", false},
		"space":           {" \n", false},
		"too short":       {base64.StdEncoding.EncodeToString(raw[:31]), false},
		"too long":        {base64.StdEncoding.EncodeToString(append(raw, 1)), false},
		"hexadecimal":     {strings.Repeat("ab", 32), false},
		"not base64":      {"secret password!", false},
		"mixed alphabets": {"-+" + std[2:], false},
		"zeros":           {base64.StdEncoding.EncodeToString(make([]byte, 32)), false},
	} {
		key, err := ParseKey(tc.text)
		if tc.ok && (err != nil || key == (Key{})) || !tc.ok && !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(tc.text) > 3 && strings.Contains(err.Error(), strings.TrimSpace(tc.text)) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}
