package console

import (
	"net/http"

	"github.com/askspoke/spoke/tenancy/ratelimit"
)

// slow refuses who tries something too often. what tells what is limited apart.
func (x *exchange) slow(what string, rate ratelimit.Rate) error {
	decision, err := x.server.attempts.Take(x.context(), ratelimit.Subject{Class: ratelimit.Authentication, Key: ratelimit.AddressKey(x.address) + " " + what}, rate)
	if err != nil {
		return err
	}
	if decision.Outcome == ratelimit.Refused {
		return refuse(http.StatusTooManyRequests, "This was tried too often from where you are", "Wait a minute, and try again.").at(signInPath, "Back to signing in")
	}
	return nil
}

// signOnRate is how often a client's address may begin a sign-in, each of which asks a provider.
var signOnRate = ratelimit.Rate{PerSecond: 1, Burst: 20}
