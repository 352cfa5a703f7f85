package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/askspoke/spoke/tenancy"
	"github.com/askspoke/spoke/tenancy/outbox"
	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// Left is a user who was deleted, as she was. Active says nothing of her.
type Left struct {
	Person
	At time.Time // when
}

// Left returns the users of a tenant who had an address when they were deleted, in whatever case, since a time: the last first,
// and the first 20 where there are more. One who was restored is among them. It is one statement, which looks into an index.
// The journal tells it, so what was deleted more than journal.RestoreFor ago may be forgotten.
func (d *Directory) Left(ctx context.Context, tenant tenancy.ID, email string, since time.Time) ([]Left, error) {
	email = strings.TrimSpace(email)
	if !isAddress(email) {
		return nil, nil // it was nobody's
	}
	statement, args, err := leftStatement(tenant, email, since)
	if err != nil {
		return nil, fmt.Errorf("find deleted user of tenant %s: %w", tenant, err)
	}
	var list []Left
	var at time.Time
	if err := d.eachHolder(ctx, email, statement, args, func(p Person) { list = append(list, Left{p, at.UTC()}) }, &at); err != nil {
		return nil, fmt.Errorf("find deleted user of tenant %s: %w", tenant, err)
	}
	return list, nil
}

// leftAddresses are the addresses in the document of a deletion, as coarse has them. The index of the migration 00004 has the
// same expression, which may not depend on the database's collation: lower in that of C knows the letters of ASCII alone, and
// what is beyond them becomes one sign.
const (
	leftDocument  = `regexp_replace(lower((j.detail->>'document') COLLATE "C"), '[^ -~]+', '?', 'g')::jsonb`
	leftAddresses = `(jsonb_path_query_array(` + leftDocument + `, '$.username') || jsonb_path_query_array(` + leftDocument + `, '$.emails[*].value'))`
)

// coarse returns what several addresses have alike, those among them that outbox.FoldAddress has the same of.
func coarse(email string) string {
	var b strings.Builder
	beyond := false
	for _, r := range outbox.FoldAddress(email) {
		switch plain := r >= ' ' && r <= '~'; {
		case plain:
			b.WriteRune(r)
		case !beyond:
			b.WriteByte('?')
		}
		beyond = r < ' ' || r > '~'
	}
	return b.String()
}

// leftStatement returns the statement of Left. What matches is found first and as a whole, as in personStatement.
func leftStatement(tenant tenancy.ID, email string, since time.Time) (string, []any, error) {
	held, err := json.Marshal([]string{coarse(email)})
	if err != nil {
		return "", nil, err
	}
	return `WITH matched AS MATERIALIZED (SELECT j.id, j.resource_id, j.at, j.detail FROM ` + tenantdb.SchemaFor(tenant).Table("journal") + ` j
			WHERE j.action = 'delete' AND j.resource_type = 'User' AND j.outcome = 'accepted' AND ` + leftAddresses + ` @> $1::jsonb AND j.at >= $2)
		SELECT resource_id, false, COALESCE((detail->>'created')::timestamptz, at), detail->'document', at FROM matched ORDER BY at DESC, id DESC LIMIT $3`,
		[]any{string(held), since.UTC(), maxPersons}, nil
}
