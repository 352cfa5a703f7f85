package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/askspoke/spoke/tenancy/directory"
	"github.com/askspoke/spoke/tenancy/journal"
	"github.com/askspoke/spoke/tenancy/status"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const (
	countEvery  = time.Minute // how often directories are looked for
	countAgain  = time.Hour   // how often one is counted at most
	countAtOnce = 50          // how many in a run at most: others wait their turn
)

// countDirectories counts the users and groups of tenants whose directory has changed.
func (e *evaluator) countDirectories(ctx context.Context) error {
	now := e.Now().UTC()
	ids, err := e.Status.Uncounted(ctx, now.Add(-e.scaled(countAgain)), countAtOnce)
	if err != nil {
		return err
	}
	directories := directory.New(e.DB, &journal.Recorder{DB: e.DB})
	var errs []error
	for _, id := range ids {
		size, err := directories.Store(tenantdb.SchemaFor(id), false).Size(ctx)
		if err != nil && !tenantdb.Undefined(err) { // a schema that is gone has none
			errs = append(errs, fmt.Errorf("count directory of tenant %s: %w", id, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		if err := e.Status.SaveSize(ctx, id, status.Size(size), now); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
