package guard

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// holdColumns are what a holdRow reads, in its order.
const holdColumns = `id, opened_at, found, state, decided_at, decided_by, until, noted`

// holdRow is a row of holds, or none.
type holdRow struct {
	id, state, decidedBy   sql.NullString
	opened, decided, until sql.NullTime
	found                  []byte
	noted                  sql.NullInt64
}

func (r *holdRow) scan() []any {
	return []any{&r.id, &r.opened, &r.found, &r.state, &r.decided, &r.decidedBy, &r.until, &r.noted}
}

func (r *holdRow) hold() (Hold, error) {
	h := Hold{
		ID: r.id.String, Opened: tenantdb.TimeOf(r.opened), State: State(r.state.String), Decided: tenantdb.TimeOf(r.decided),
		DecidedBy: r.decidedBy.String, Until: tenantdb.TimeOf(r.until), Noted: int(r.noted.Int64),
	}
	if err := json.Unmarshal(r.found, &h.Found); err != nil {
		return h, fmt.Errorf("read what hold %s was opened for: %w", h.ID, err)
	}
	return h, nil
}
