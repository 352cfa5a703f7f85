package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy/tenantdb"
)

// number stands in a template where a user's own number goes: of the first user it is his number.
const number = "00000000"

// newUser is a user as Entra creates one.
const newUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
	`"externalId":"user.00000000","userName":"user.00000000@example.com","active":true,"displayName":"user 00000000",` +
	`"name":{"formatted":"User 00000000","familyName":"No 00000000","givenName":"User"},"title":"Engineer 00000000",` +
	`"preferredLanguage":"en-US","emails":[{"type":"work","value":"user.00000000@example.com","primary":true}],` +
	`"phoneNumbers":[{"type":"work","value":"+1 555 00000000"}],` +
	`"addresses":[{"type":"work","streetAddress":"1 Market Street","locality":"Springfield","postalCode":"12345","country":"US"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"00000000","department":"Engineering"}}`

func digits(n int) string { return fmt.Sprintf("%08d", n) }

// body creates the user.
func (u user) body() string { return strings.ReplaceAll(newUser, number, u.digits) }

func (u user) name() string { return "user." + u.digits + "@example.com" }

// seed creates one user through the API and the others like it, the same in both schemas.
func (b *bench) seed(ctx context.Context) error {
	if err := b.createFirst(ctx); err != nil {
		return err
	}
	users := b.options.users + b.options.clients
	if err := b.multiply(ctx, users-1); err != nil {
		return err
	}
	b.created.Store(int64(users))
	ids, err := b.readUsers(ctx)
	if err != nil {
		return err
	}
	if b.bare != nil {
		if err := b.copyRows(ctx, "users", userColumns, "id", ids); err != nil {
			return err
		}
	}
	return b.settle(ctx, "users")
}

func (b *bench) createFirst(ctx context.Context) error {
	c, err := dial(ctx, b.spoke)
	if err != nil {
		return err
	}
	defer c.close()
	first := user{digits: number}
	return c.do(request{
		method: http.MethodPost, path: "/Users", body: first.body(),
		status: http.StatusCreated, want: first.name(),
	})
}

const userColumns = `id, user_name, external_id, display_name, display, document, search, version, created, modified`

// numberOfName is the expression of a user's number.
const numberOfName = `split_part(split_part(user_name, '.', 2), '@', 1)`

// multiply makes users like the only one there is, which differ in the number and the id, created a millisecond apart.
func (b *bench) multiply(ctx context.Context, users int) (err error) {
	const batch = 5_000
	p := newProgress(os.Stderr, fmt.Sprintf("filling a directory with %d users", users+1), (users+batch-1)/batch)
	defer func() { p.finish(err) }()
	for from := 1; from <= users; from += batch {
		if err := b.makeUsers(ctx, from, min(from+batch-1, users), users); err != nil {
			return fmt.Errorf("make %d users: %w", users, err)
		}
		p.step()
	}
	return nil
}

// makeUsers makes the users with the numbers from one to another, created in their order before the one with number 0.
// The last of all has the number last.
func (b *bench) makeUsers(ctx context.Context, from, to, last int) error {
	table := b.schemas.spoke.Table("users")
	_, err := b.db.ExecContext(ctx, `INSERT INTO `+table+` (`+userColumns+`)
		SELECT n.id, replace(u.user_name, $1, n.digits), replace(u.external_id, $1, n.digits),
			replace(u.display_name, $1, n.digits), replace(u.display, $1, n.digits),
			replace(replace(u.document::text, $1, n.digits), u.id::text, n.id::text)::json,
			replace(replace(u.search::text, $1, n.digits), u.id::text, n.id::text)::jsonb,
			u.version, u.created - n.before, u.modified - n.before
		FROM `+table+` u,
			(SELECT gen_random_uuid() AS id, to_char(i, 'FM00000000') AS digits, ($4::int + 1 - i) * interval '1 millisecond' AS before
				FROM generate_series($2::int, $3::int) i) n
		WHERE u.user_name = $5`, number, from, to, last, user{digits: number}.name())
	return err
}

// copyRows gives the bare server's schema the rows of Spoke's whose key is one of ids.
func (b *bench) copyRows(ctx context.Context, table, columns, key string, ids []string) error {
	_, err := b.db.ExecContext(ctx, `INSERT INTO `+b.schemas.bare.Table(table)+` (`+columns+`)
		SELECT `+columns+` FROM `+b.schemas.spoke.Table(table)+` WHERE `+key+` = ANY ($1::uuid[])`, pq.Array(ids))
	if err != nil {
		return fmt.Errorf("copy %s: %w", table, err)
	}
	return nil
}

// readUsers reads what was made, of which the last ones become the spares, and returns the ids.
func (b *bench) readUsers(ctx context.Context) ([]string, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT id, `+numberOfName+`
		FROM `+b.schemas.spoke.Table("users")+` ORDER BY user_name`)
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.id, &u.digits); err != nil {
			return nil, fmt.Errorf("read the users: %w", err)
		}
		b.users, ids = append(b.users, u), append(ids, u.id)
	}
	b.users, b.spares = b.users[:b.options.users], b.users[b.options.users:]
	return ids, rows.Err()
}

// settle does at once what the server would do in the middle of the rounds after so many new rows.
func (b *bench) settle(ctx context.Context, tables ...string) error {
	for _, table := range tables {
		for _, schema := range []tenantdb.Schema{b.schemas.spoke, b.schemas.bare} {
			if !schema.Valid() {
				continue
			}
			if _, err := b.db.ExecContext(ctx, `VACUUM (ANALYZE) `+schema.Table(table)); err != nil {
				return fmt.Errorf("vacuum: %w", err)
			}
		}
	}
	if _, err := b.db.ExecContext(ctx, `CHECKPOINT`); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}
