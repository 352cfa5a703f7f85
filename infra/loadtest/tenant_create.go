package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/lifecycle"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// compareTenants has the onboarding API create tenants with a token, and the bare server send Postgres what makes the
// schema of one.
func compareTenants(ctx context.Context, b *bench) ([]side, error) {
	api, err := b.onboarding(ctx)
	return []side{
		{name: "spoke, API", server: api, next: func(client, n int) request {
			return request{
				method: http.MethodPost, path: "/tenants", status: http.StatusCreated, want: `"secret":"spk_`,
				body: fmt.Sprintf(`{"slug":"api%02d%06d","token":{"name":"load"}}`, client, n),
			}
		}},
		{name: "bare, DDL", server: b.bare, next: func(int, int) request {
			return request{method: http.MethodPost, path: "/Tenants", body: "{}", status: http.StatusCreated}
		}},
	}, err
}

// onboarding returns the API of Spoke with a key for it.
func (b *bench) onboarding(ctx context.Context) (*server, error) {
	output, err := b.machine.command(ctx, "operator", "key", "create", "load", "--role", "admin", "--json")
	if err != nil {
		return nil, err
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(output, &made); err != nil || made.Secret == "" {
		return nil, fmt.Errorf("spoke operator key create printed no secret: %q", output)
	}
	return &server{addr: b.spoke.addr, host: "api.localhost", base: apiPath, token: made.Secret, pid: b.spoke.pid}, nil
}

// createSchema makes what a tenant has in Postgres, by the plainest statements, in a transaction.
func (s *bare) createSchema(w http.ResponseWriter, r *http.Request) {
	ddl, err := lifecycle.SchemaStatements(tenantdb.SchemaFor(tenancy.NewID()))
	if err == nil {
		_, err = s.db.ExecContext(r.Context(), ddl)
	}
	s.answer(w, http.StatusCreated, nil, err)
}

// manyTenants are created by one command, of which the first and the last hundred are compared.
const (
	manyTenants = 1_000
	hundred     = 100
)

// createMany runs the command and reads from the tenants when each was complete.
func createMany(ctx context.Context, m *machine, b *bench) (r result, err error) {
	p := newProgress(os.Stderr, "tenants", 1)
	defer func() { p.finish(err) }()
	if _, err := m.command(ctx, "tenant", "create", "--prefix", "many", "--count", strconv.Itoa(manyTenants)); err != nil {
		return result{}, err
	}
	rows, err := b.db.QueryContext(ctx, `SELECT updated_at FROM `+tenantdb.Control.Table("tenants")+`
		WHERE slug LIKE 'many%' AND state = 'active' ORDER BY updated_at, slug`)
	if err != nil {
		return result{}, fmt.Errorf("read when the tenants were complete: %w", err)
	}
	defer rows.Close()
	var times []time.Time // so that the start of the command is in neither hundred
	for rows.Next() {
		var at time.Time
		if err := rows.Scan(&at); err != nil {
			return result{}, err
		}
		times = append(times, at)
	}
	if err := rows.Err(); err != nil {
		return result{}, err
	}
	if len(times) != manyTenants {
		return result{}, fmt.Errorf("%d tenants are complete, not %d", len(times), manyTenants)
	}
	return result{
		clients: 1, sides: []side{{name: "spoke, last hundred"}, {name: "spoke, first hundred"}},
		rounds: [][]round{{between(times[manyTenants-hundred-1:])}, {between(times[:hundred+1])}},
	}, nil
}

// between returns the round in which something was complete at each of the times but the first.
func between(times []time.Time) round {
	r := round{each: 1, elapsed: times[len(times)-1].Sub(times[0])}
	for i := range times[1:] {
		r.latencies = append(r.latencies, times[i+1].Sub(times[i]))
	}
	return r
}
