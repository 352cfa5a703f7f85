//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
)

// letters are all that each customer is told, in order. To Globex, that it is over is the fifth within a day, and waits.
var letters = map[string][]string{
	"Acme":    {"changes fail", "changes succeed again"},
	"Globex":  {"a token expires soon", "a token has expired", "credentials are refused", "credentials are refused"},
	"Initech": {"deletions are held", "no deletions are held any more"},
}

func (a *act) well(ctx context.Context) error {
	if err := a.each(ctx, told{state: "healthy", quiet: true}); err != nil {
		return err
	}
	for _, c := range a.customers() {
		var want []string
		for _, subject := range letters[c.name] {
			want = append(want, "Provisioning of "+c.name+": "+subject)
		}
		got, err := a.mailed(ctx, c.notify)
		if err != nil {
			return err
		}
		if len(got) > len(want) && c == a.globex { // more than a day has passed meanwhile, on a slow machine
			got = got[:len(want)]
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("act %s: %s was sent %q, want %q", a.title, c.name, got, want)
		}
	}
	a.check("All are healthy, no alert fires, and each customer was told what is its own, and nothing twice.")
	return nil
}
