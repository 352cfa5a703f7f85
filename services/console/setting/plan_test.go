package setting

import (
	"testing"

	"github.com/askspoke/spoke/billing"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]billing.Money{
		"": {}, "12.50 EUR": {Minor: 1250, Currency: "EUR"}, "0.05 EUR": {Minor: 5, Currency: "EUR"}, "1250 JPY": {Minor: 1250, Currency: "JPY"},
		"1.250 KWD": {Minor: 1250, Currency: "KWD"}, "-0.05 EUR": {Minor: -5, Currency: "EUR"}, "0 JPY": {Currency: "JPY"},
	} {
		if got := amount(m); got != want {
			t.Errorf("%v: %q, want %q", m, got, want)
		}
	}
}
