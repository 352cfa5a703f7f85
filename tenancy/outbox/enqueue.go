package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Enqueue keeps mails to be sent, all in one statement, so all of them or none. One that is there already, sent or not,
// stays as it is; one of a tenant that has gone is left out. When Enqueue returns nil the mails will be sent, whatever
// happens to this process. The error of a mail that cannot be one is a *MailError.
func (s *Store) Enqueue(ctx context.Context, list ...Mail) error {
	if len(list) == 0 {
		return nil
	}
	if err := s.enqueue(ctx, s.config.DB, list); err != nil {
		return err
	}
	s.config.Wake()
	return nil
}

func (s *Store) enqueue(ctx context.Context, db sqlx.ExecerContext, list []Mail) error {
	n, now := len(list), s.now()
	ids, key, tenant, recipient, subject := make([]string, n), make([]string, n), make([]sql.NullString, n), make([]string, n), make([]string, n)
	text, html, messageID := make([]string, n), make([]string, n), make([]string, n)
	for i, m := range list {
		m, err := m.check()
		if err != nil {
			return fmt.Errorf("enqueue mail: %w", err)
		}
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("enqueue mail: %w", err)
		}
		ids[i], key[i], recipient[i], subject[i], text[i], html[i] = id.String(), m.Key, m.To, m.Subject, m.Text, m.HTML
		tenant[i] = sql.NullString{String: string(m.Tenant), Valid: m.Tenant != ""}
		messageID[i] = id.String() + "@" + s.config.Domain
	}
	// In the order of the key, so that two who enqueue the same do not wait for one another in a circle.
	_, err := db.ExecContext(ctx, `INSERT INTO `+outbox+` (id, key, tenant_id, recipient, subject, body_text, body_html, message_id, created_at, due_at)
		SELECT m.id, m.key, m.tenant_id, m.recipient, m.subject, m.body_text, m.body_html, m.message_id, $9, $9
		FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
			AS m (id, key, tenant_id, recipient, subject, body_text, body_html, message_id)
		WHERE m.tenant_id IS NULL OR m.tenant_id IN (SELECT id FROM `+tenants+`)
		ORDER BY m.key COLLATE "C", m.recipient
		ON CONFLICT (key, recipient) DO NOTHING`,
		pq.Array(ids), pq.Array(key), pq.Array(tenant), pq.Array(recipient), pq.Array(subject), pq.Array(text), pq.Array(html), pq.Array(messageID), now)
	if err != nil {
		return fmt.Errorf("enqueue mail: %w", err)
	}
	return nil
}
