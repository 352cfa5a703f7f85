package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// options is what the flags say.
type options struct {
	clients, users, group, large int
	hugeUsers, hugeGroup         int
	duration, warmUp             time.Duration
	rounds                       int
	only                         []string
	json, profile, spoke         string
	assert                       bool
}

func defaults() options {
	return options{
		clients: 8, users: 10_000, group: 1_000, large: 10_000, hugeUsers: 200_000, hugeGroup: 100_000,
		duration: 2 * time.Second, warmUp: time.Second, rounds: 5,
	}
}

func readOptions(c *cli.Command) options {
	return options{
		clients: c.Int("clients"), users: c.Int("users"), group: c.Int("group"), large: c.Int("large"),
		hugeUsers: c.Int("huge-users"), hugeGroup: c.Int("huge-group"),
		duration: c.Duration("duration"), warmUp: c.Duration("warm-up"), rounds: c.Int("rounds"),
		only: c.StringSlice("only"), json: c.String("json"), profile: c.String("profile"), spoke: c.String("spoke"),
		assert: c.Bool("assert"),
	}
}

// Bounds of what may be asked for. The load is bounded in time by them, and a number has digits eight places.
const (
	maxClients  = 64
	maxUsers    = 1_000_000
	maxDuration = time.Minute
	maxRounds   = 100
)

// check refuses what cannot be run, each by the flag's name.
func (o options) check() error {
	var refused []error
	bounds := func(flag string, value, least, most int) {
		if value < least || value > most {
			refused = append(refused, fmt.Errorf("--%s must be between %d and %d, not %d", flag, least, most, value))
		}
	}
	bounds("clients", o.clients, 1, maxClients)
	bounds("users", o.users, pageSize, maxUsers)
	bounds("group", o.group, 1, maxUsers)
	bounds("large", o.large, 1, maxUsers)
	bounds("huge-users", o.hugeUsers, 2*pageSize, maxUsers)
	bounds("huge-group", o.hugeGroup, smallGroup+1, maxUsers)
	bounds("rounds", o.rounds, 1, maxRounds)
	if most := max(o.group, o.large); most > o.users {
		refused = append(refused, fmt.Errorf("--users must be at least %d, since a group is to have so many members", most))
	}
	if o.hugeGroup > o.hugeUsers {
		refused = append(refused, fmt.Errorf("--huge-users must be at least %d, since a group is to have so many members", o.hugeGroup))
	}
	if o.duration <= 0 || o.duration > maxDuration {
		refused = append(refused, fmt.Errorf("--duration must be more than 0 and at most %v, not %v", maxDuration, o.duration))
	}
	if o.warmUp < 0 || o.warmUp > maxDuration {
		refused = append(refused, fmt.Errorf("--warm-up must be between 0 and %v, not %v", maxDuration, o.warmUp))
	}
	names := scenarioNames()
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			refused = append(refused, fmt.Errorf("there is no scenario %q: they are %s", name, strings.Join(names, ", ")))
		}
	}
	return errors.Join(refused...)
}

// chosen returns the scenarios to run, in the table's order.
func (o options) chosen() []scenario {
	return slices.DeleteFunc(scenarios(), func(s scenario) bool {
		return len(o.only) > 0 && !slices.Contains(o.only, s.name)
	})
}

// bound is after how long a run is stopped: twice what its rounds take, and ten minutes for everything else.
func (o options) bound() time.Duration {
	scenario := 2*o.warmUp + 2*time.Duration(o.rounds)*o.duration + o.duration
	return 10*time.Minute + 2*time.Duration(len(o.chosen()))*scenario
}
