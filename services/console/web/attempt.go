package web

import (
	"net/http"

	"github.com/askspoke/spoke/services/console/place"
	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// Slow refuses who tries something too often. what tells what is limited apart.
func (x *Exchange) Slow(what string, rate ratelimit.Rate) error {
	decision, err := x.console.Attempts.Take(x.Context(), ratelimit.Subject{Class: ratelimit.Authentication, Key: ratelimit.AddressKey(x.Address) + " " + what}, rate)
	if err != nil {
		return err
	}
	if decision.Outcome == ratelimit.Refused {
		return Refuse(http.StatusTooManyRequests, "This was tried too often from where you are", "Wait a minute, and try again.").At(place.SignIn, "Back to signing in")
	}
	return nil
}

// SignOnRate is how often a client's address may begin a sign-in, each of which asks a provider.
var SignOnRate = ratelimit.Rate{PerSecond: 1, Burst: 20}

// MaxPlaces bounds the links that are mailed at a time: anybody can ask for one.
const MaxPlaces = 32
