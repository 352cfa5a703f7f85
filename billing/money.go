package billing

import (
	"errors"
	"fmt"
	"math/bits"
)

var (
	// ErrCurrency says that two amounts are of different currencies.
	ErrCurrency = errors.New("amounts of different currencies")
	// ErrOverflow says that a result does not fit into 64 bits.
	ErrOverflow = errors.New("amount too large")
)

// Currency is an ISO 4217 code: "EUR".
type Currency string

// Money is an amount in the smallest unit of its currency: 1250 EUR are twelve euros and fifty cents, 1250 JPY are 1250
// yen.
type Money struct {
	Minor    int64
	Currency Currency
}

// Plus returns the sum, ErrCurrency or ErrOverflow. Nothing of no currency (the zero value) can be added to any.
func (m Money) Plus(n Money) (Money, error) {
	switch {
	case m == Money{}:
		return n, nil
	case n == Money{}:
		return m, nil
	case m.Currency != n.Currency:
		return Money{}, fmt.Errorf("add %s to %s: %w", n.Currency, m.Currency, ErrCurrency)
	}
	sum := m.Minor + n.Minor
	if (sum > m.Minor) != (n.Minor > 0) && n.Minor != 0 {
		return Money{}, fmt.Errorf("add %d to %d: %w", n.Minor, m.Minor, ErrOverflow)
	}
	return Money{Minor: sum, Currency: m.Currency}, nil
}

// Times returns the n-fold amount, or ErrOverflow.
func (m Money) Times(n int64) (Money, error) {
	high, low := bits.Mul64(magnitude(m.Minor), magnitude(n))
	if high != 0 || low > 1<<63-1 {
		return Money{}, fmt.Errorf("multiply %d by %d: %w", m.Minor, n, ErrOverflow)
	}
	return Money{Minor: m.Minor * n, Currency: m.Currency}, nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// String returns the amount for logs and tests, "1250 EUR minor units"; an invoice formats by the reader's language.
func (m Money) String() string { return fmt.Sprintf("%d %s minor units", m.Minor, m.Currency) }
