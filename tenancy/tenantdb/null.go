package tenantdb

import (
	"database/sql"
	"net/netip"
	"time"
)

// TimeOf returns the time in a column, in UTC, the zero Time where there is none.
func TimeOf(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// TimeOrNull is how a time is stored that may be the zero Time: as NULL then.
func TimeOrNull(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

// AddressOf returns the address in a column, the zero Addr where there is none.
func AddressOf(text sql.NullString) netip.Addr {
	address, _ := netip.ParseAddr(text.String) // "" is an error, and the zero Addr
	return address
}

// AddressText is how an address is stored: "" for none.
func AddressText(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return address.String()
}
