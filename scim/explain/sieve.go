package explain

import "unicode/utf8"

// sieve tells in little time what surely holds neither the name of a secret nor a token, which is nearly all text: by the
// first three letters that each of them begins with, whatever signs are between.
type sieve struct {
	grams [36 * 36 * 36]uint8 // of letters and digits
	all   bool                // some name is too short for it
}

// What a text may hold.
const (
	aName uint8 = 1 << iota
	aToken
)

func newSieve(names []string) *sieve {
	v := new(sieve)
	for _, name := range names {
		v.add(name, aName)
	}
	for _, token := range [...]string{"bearer", "basic", "ssws", "eyj", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "xox", "akia", "glpat", "BEGIN PRIVATE KEY"} {
		v.add(token, aToken)
	}
	return v
}

func (v *sieve) add(text string, what uint8) {
	gram, letters := 0, 0
	for i := 0; i < len(text) && letters < 3; i++ {
		if place := placeOf(text[i]); place >= 0 {
			gram, letters = gram*36+place, letters+1
		}
	}
	if letters < 3 {
		v.all = true
		return
	}
	v.grams[gram] |= what
}

// placeOf is the place of an ASCII letter in any case, or of a digit, and -1 for all else.
func placeOf(c byte) int {
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c | 0x20 - 'a')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}

// mayHold returns what the text may hold. Text that is not ASCII may hold all: there are letters that look like others.
func (v *sieve) mayHold(text string) (found uint8) {
	const prefixed = 2 + 1 + 36 // spk_… and the like have so many bytes
	if v.all {
		return aName | aToken
	}
	gram, letters := 0, 0
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return aName | aToken
		}
		place := placeOf(c)
		if place < 0 {
			if c == '_' && len(text) >= prefixed {
				found |= aToken
			}
			continue
		}
		gram = gram%(36*36)*36 + place
		if letters++; letters >= 3 {
			found |= v.grams[gram]
		}
	}
	return found
}
