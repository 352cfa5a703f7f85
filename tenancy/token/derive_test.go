package token_test

import (
	"testing"

	"github.com/askspoke/spoke/tenancy/token"
)

func TestDerive(t *testing.T) {
	t.Parallel()
	text := token.GenerateKey()
	keys := make(map[[32]byte]bool)
	for _, key := range [...]string{text, text, token.GenerateKey()} {
		k, err := token.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		keys[k.Derive("one")], keys[k.Derive("two")] = true, true
	}
	if len(keys) != 4 || keys[[32]byte{}] {
		t.Errorf("two keys and two purposes make %d keys", len(keys))
	}
}
