package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/askspoke/spoke/tenancy"
)

// Claimed is a mail that this process alone may send, until Until.
type Claimed struct {
	Mail

	ID        string // a version 7 UUID
	MessageID string // without angle brackets; the same in every attempt
	CreatedAt time.Time
	Attempts  int // that failed
	Until     time.Time

	lease string
}

// Claim leases up to limit mails that are due, those due longest first. Nobody else is given them until the lease is over;
// then those that are neither Sent nor put off are due again.
//
// Should the connection break when the claim is made and its answer is lost, the mails wait for the end of that lease.
func (s *Store) Claim(ctx context.Context, limit int, lease time.Duration) ([]Claimed, error) {
	now, id := s.now(), uuid.NewString()
	until := now.Add(lease)
	var rows []struct {
		ID        string    `db:"id"`
		Key       string    `db:"key"`
		Tenant    string    `db:"tenant_id"`
		Recipient string    `db:"recipient"`
		Subject   string    `db:"subject"`
		Text      string    `db:"body_text"`
		HTML      string    `db:"body_html"`
		MessageID string    `db:"message_id"`
		CreatedAt time.Time `db:"created_at"`
		Attempts  int       `db:"attempts"`
	}
	err := s.config.DB.SelectContext(ctx, &rows, `WITH due AS MATERIALIZED (
			SELECT id, due_at FROM `+outbox+` WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
		), leased AS (
			UPDATE `+outbox+` AS o SET due_at = $3, lease = $4 FROM due WHERE o.id = due.id
			RETURNING o.id, o.key, COALESCE(o.tenant_id::text, '') AS tenant_id, o.recipient, o.subject, o.body_text, o.body_html,
				o.message_id, o.created_at, o.attempts, due.due_at AS was_due_at
		)
		SELECT id, key, tenant_id, recipient, subject, body_text, body_html, message_id, created_at, attempts
		FROM leased ORDER BY was_due_at, id`, now, limit, until, id)
	if err != nil {
		return nil, fmt.Errorf("claim mail: %w", err)
	}
	list := make([]Claimed, len(rows))
	for i, r := range rows {
		list[i] = Claimed{
			Mail: Mail{r.Key, tenancy.ID(r.Tenant), r.Recipient, r.Subject, r.Text, r.HTML},
			ID:   r.ID, MessageID: r.MessageID, CreatedAt: r.CreatedAt.UTC(), Attempts: r.Attempts, Until: until, lease: id,
		}
	}
	return list, nil
}

// Sent notes that a server has taken a mail, and forgets what it said, which may open something. It is noted whoever has
// the lease by now.
func (s *Store) Sent(ctx context.Context, m Claimed) error {
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+outbox+` SET sent_at = $2, due_at = NULL, failed_at = NULL, lease = NULL, last_error = '', body_text = '', body_html = ''
		WHERE id = $1 AND sent_at IS NULL`, m.ID, s.now())
	if err != nil {
		return fmt.Errorf("note that mail %s was sent: %w", m.ID, err)
	}
	return nil
}

// Release makes claimed mails due at once again, as if nobody had claimed them: nothing was tried.
func (s *Store) Release(ctx context.Context, list ...Claimed) error {
	if len(list) == 0 {
		return nil
	}
	ids, leases := make([]string, len(list)), make([]string, len(list))
	for i, m := range list {
		ids[i], leases[i] = m.ID, m.lease
	}
	_, err := s.config.DB.ExecContext(ctx, `UPDATE `+outbox+` AS o SET due_at = $3, lease = NULL
		FROM unnest($1::uuid[], $2::uuid[]) AS c (id, lease) WHERE o.id = c.id AND o.lease = c.lease`, pq.Array(ids), pq.Array(leases), s.now())
	if err != nil {
		return fmt.Errorf("release mail: %w", err)
	}
	return nil
}
