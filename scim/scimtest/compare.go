package scimtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askspoke/spoke/scim/provider"
	"github.com/askspoke/spoke/scim/resource"
	"github.com/askspoke/spoke/scim/schema"
)

// Compare plays the same random work on two empty stores, step by step, and fails at the first step whose answers
// differ: documents, versions, times, relations, totals, orders, or the kinds of errors. The same seed plays the same
// work. In the stores, no two groups may have one displayName.
func Compare(t testing.TB, a, b provider.Store, seed uint64, steps int) {
	t.Helper()
	p := &play{
		r: rand.New(rand.NewPCG(seed, 0)), clock: epoch,
		kinds: [2]*schema.ResourceType{Users(), schema.Group()},
	}
	for step := range steps {
		what, act := p.next(t, a)
		p.side = 0
		first := act(a)
		p.side = 1
		second := act(b)
		if first != second {
			t.Fatalf("seed %d, step %d: %s\nfirst store:\n%s\nsecond store:\n%s", seed, step, what, first, second)
		}
		if strings.Contains(first, failure) {
			t.Fatalf("seed %d, step %d: %s\nboth stores:\n%s", seed, step, what, first)
		}
	}
}

// failure marks an error that is no answer.
const failure = "failure: "

// describe writes an answer as text. Relations are compared by what they say.
func describe(err error, documents ...resource.Document) string {
	var taken *provider.TakenError
	var unknown *provider.UnknownMemberError
	var circle *provider.CircleError
	switch {
	case errors.Is(err, provider.ErrNotFound), errors.Is(err, provider.ErrVersion):
		return err.Error()
	case errors.As(err, &taken):
		return "taken: " + taken.Attribute
	case errors.As(err, &unknown):
		return fmt.Sprintf("unknown members: %q", slices.Sorted(slices.Values(unknown.IDs)))
	case errors.As(err, &circle):
		return fmt.Sprintf("circle: %q", circle.IDs)
	case err != nil:
		return failure + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d documents\n", len(documents))
	for _, d := range documents {
		var relation any
		if d.Relation != nil && json.Unmarshal(d.Relation, &relation) != nil {
			relation = failure + "no JSON"
		}
		said, _ := json.Marshal(relation)
		fmt.Fprintf(&b, "%s version %d created %s modified %s large %t\n  %s\n  %s\n", d.ID, d.Version,
			d.Created.UTC().Format(time.RFC3339Nano), d.Modified.UTC().Format(time.RFC3339Nano), d.Large, d.Body, said)
	}
	return b.String()
}
