package journal

import (
	"context"
	"strconv"
	"strings"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

const insertColumns = ` (id, at, action, resource_type, resource_id, version, actor, request_id, provider_request_id, duration, detail) `

// noDetail is the detail of an entry that has none.
const noDetail = "{}"

// oneStatement makes the change and writes its row in one statement.
func (r *Recorder) oneStatement(ctx context.Context, schema tenantdb.Schema, c *Change) (Result, error) {
	args := make([]any, 0, len(c.Args)+10)
	args = append(args, c.Args...)
	if !r.Off {
		args = append(args, c.Entry.ID, c.Entry.At, string(c.Entry.Action), c.Entry.ResourceType, c.Entry.ResourceID,
			c.Entry.Actor, c.Entry.RequestID, c.Entry.ProviderRequestID, c.Entry.Duration.Microseconds(), c.Entry.detail())
	}
	query := r.DB.QueryRowContext
	if c.Fixed {
		query = r.DB.QueryRowFixed
	}
	var outcome Result
	err := outcome.scan(query(ctx, c.statement(schema, r.Off), args...))
	return outcome, err
}

// statement returns the SQL of oneStatement, or of the change alone.
func (c *Change) statement(schema tenantdb.Schema, alone bool) string {
	var b strings.Builder
	b.Grow(len(c.Outcome) + c.withLen() + 640)
	b.WriteString("WITH ")
	for _, cte := range c.With {
		b.WriteString(cte)
		b.WriteString(", ")
	}
	b.WriteString("outcome AS (")
	b.WriteString(c.Outcome)
	if alone {
		b.WriteString(") SELECT changed, version, detail, extra FROM outcome")
		return b.String()
	}
	b.WriteString("), entry AS (INSERT INTO ")
	b.WriteString(schema.Table("journal"))
	b.WriteString(insertColumns)
	b.WriteString("SELECT ")
	n := len(c.Args)
	parameter := func(column string) {
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		b.WriteString("::")
		b.WriteString(column)
	}
	for _, column := range [...]string{"uuid", "timestamptz", "text", "text", "uuid"} {
		parameter(column)
		b.WriteString(", ")
	}
	b.WriteString("version, ")
	for _, column := range [...]string{"text", "text", "text", "bigint"} {
		parameter(column)
		b.WriteString(", ")
	}
	b.WriteString("COALESCE(detail, ")
	parameter("jsonb")
	b.WriteString(") FROM outcome WHERE changed) SELECT changed, version, detail, extra FROM outcome")
	return b.String()
}

// transaction makes the change in one statement and writes its row in a second one, in one transaction.
func (r *Recorder) transaction(ctx context.Context, schema tenantdb.Schema, c *Change) (outcome Result, err error) {
	tx, err := r.DB.BeginTxx(ctx, nil)
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error is the one that matters
		}
	}()
	statement := c.Outcome
	if len(c.With) > 0 {
		statement = "WITH " + strings.Join(c.With, ", ") + " " + c.Outcome
	}
	if err := outcome.scan(tx.QueryRowContext(ctx, statement, c.Args...)); err != nil {
		return Result{}, err
	}
	if outcome.Changed && !r.Off {
		detail := string(outcome.Detail)
		if outcome.Detail == nil {
			detail = c.Entry.detail()
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO "+schema.Table("journal")+insertColumns+
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			c.Entry.ID, c.Entry.At, string(c.Entry.Action), c.Entry.ResourceType, c.Entry.ResourceID,
			outcome.Version, c.Entry.Actor, c.Entry.RequestID, c.Entry.ProviderRequestID, c.Entry.Duration.Microseconds(), detail)
		if err != nil {
			return Result{}, err
		}
	}
	return outcome, tx.Commit()
}

// detail returns the entry's own detail as a string, since bytes would travel as bytea.
func (e *Entry) detail() string {
	if len(e.Detail) == 0 {
		return noDetail
	}
	return string(e.Detail)
}

func (c *Change) withLen() int {
	n := 0
	for _, cte := range c.With {
		n += len(cte) + 2
	}
	return n
}
