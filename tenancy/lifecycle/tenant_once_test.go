package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"github.com/askspoke/spoke/infra/pgtest"
	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
)

// A creation under a given ID that was broken off before any step is completed under that ID by the next one, also where
// another creation of the slug was broken off before; a third returns the tenant, and one under another ID does not.
func TestCreateUnderAnID(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken off")
	for _, at := range []lifecycle.Step{lifecycle.StepInsert, lifecycle.StepSchema, lifecycle.StepActivate, lifecycle.StepAnnounce} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			db := pgtest.Control(t)
			steady := lifecycle.New(lifecycle.Config{DB: db})
			breaks := func(at lifecycle.Step) *lifecycle.Manager {
				return lifecycle.New(lifecycle.Config{DB: db, BeforeStep: func(_ context.Context, _ tenancy.Slug, step lifecycle.Step) error {
					if step == at {
						return broken
					}
					return nil
				}})
			}
			settings := tenancy.DefaultSettings()
			stranger := lifecycle.NewTenant{Slug: "acme", Settings: settings}
			if _, err := breaks(lifecycle.StepActivate).Create(t.Context(), stranger); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			mine := lifecycle.NewTenant{ID: tenancy.NewID(), Slug: "acme", Settings: settings}
			if _, err := breaks(at).Create(t.Context(), mine); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			for range 2 {
				made, err := steady.Create(t.Context(), mine)
				if err != nil || made.ID != mine.ID || made.State != tenancy.StateActive {
					t.Errorf("%s in state %s, %v", made.ID, made.State, err)
				}
			}
			other := lifecycle.NewTenant{ID: tenancy.NewID(), Slug: "acme", Settings: settings}
			if _, err := steady.Create(t.Context(), other); !errors.Is(err, tenancy.ErrSlugTaken) {
				t.Errorf("under another ID: %v", err)
			}
			var schemas int
			if err := db.GetContext(t.Context(), &schemas, `SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tenant\_%'`); err != nil || schemas != 1 {
				t.Errorf("%d schemas, %v", schemas, err)
			}
		})
	}
}
