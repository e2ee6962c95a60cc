package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"exposure/internal/reset/webhook"
)

// Settle implements [webhook.Queue].
func (w *Webhook) Settle(ctx context.Context, h webhook.Holder, all []webhook.Outcome, stop bool) error {
	err := w.held(ctx, h, func(tx *sql.Tx) error {
		for _, o := range all {
			if err := w.settle(ctx, tx, o); err != nil {
				return err
			}
		}
		if !stop {
			return nil
		}
		_, err := tx.ExecContext(ctx, `UPDATE webhook_lease SET stopped = 1`)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting what became of webhooks: %w", err)
	}
	return nil
}

func (w *Webhook) settle(ctx context.Context, tx *sql.Tx, o webhook.Outcome) error {
	handle, _, err := w.row(ctx, tx, o.MemberID)
	if err != nil {
		return err
	}
	switch {
	case o.Accepted != nil:
		told := toldMAC(w.keys.RosterKeys()[0], handle, *o.Accepted)
		_, err = tx.ExecContext(ctx, `UPDATE webhook_members SET told = ?, event = ?, waiting = 0, tries = 0, first_try = 0, next_try = 0, dead = 0
			WHERE handle = ?`, told[:], o.Accepted[:], handle[:])
	case o.Nothing:
		_, err = tx.ExecContext(ctx, `UPDATE webhook_members SET waiting = 0, dead = 0 WHERE handle = ?`, handle[:])
	default:
		_, err = tx.ExecContext(ctx, `UPDATE webhook_members SET tries = ?, first_try = ?, next_try = ?, dead = ? WHERE handle = ?`,
			o.Tries, millis(o.First), o.Next.UnixMilli(), o.Dead, handle[:])
	}
	return err
}

// WebhookStats is how the queue stands.
type WebhookStats struct {
	Waiting int           // members who have to be told of, without dead ones
	Oldest  time.Duration // since the longest waiting of them is in the queue
	Dead    int           // members of whom nothing is told any more
	Stopped bool          // the receiver said that it is gone for good
}

// Stats measures the queue.
func (w *Webhook) Stats(ctx context.Context, now time.Time) (s WebhookStats, err error) {
	var oldest sql.NullInt64
	err = w.db.read.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE dead = 0), count(*) FILTER (WHERE dead = 1), min(since) FILTER (WHERE dead = 0),
		(SELECT stopped FROM webhook_lease) FROM webhook_members WHERE waiting = 1`).Scan(&s.Waiting, &s.Dead, &oldest, &s.Stopped)
	if err != nil {
		return s, fmt.Errorf("measuring the queue of webhooks: %w", err)
	}
	if oldest.Valid {
		s.Oldest = max(0, now.Sub(instantOf(oldest.Int64)))
	}
	return s, nil
}

// GaveUp tells whether there is somebody of whom the shop is told nothing any more, without
// counting the queue.
func (w *Webhook) GaveUp(ctx context.Context) (yes bool, err error) {
	err = w.db.read.QueryRowContext(ctx, `SELECT stopped OR EXISTS (SELECT 1 FROM webhook_members WHERE waiting = 1 AND dead = 1) FROM webhook_lease`).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("looking for webhooks that were given up: %w", err)
	}
	return yes, nil
}

// Retry queues everything anew that is not tried any more, and lets deliveries go on that
// the receiver stopped. What waits is tried at once. It returns how many members were dead.
func (w *Webhook) Retry(ctx context.Context, now time.Time) (dead int, err error) {
	tx, err := w.db.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("queueing webhooks anew: %w", err)
	}
	defer tx.Rollback()
	if err = tx.QueryRowContext(ctx, `SELECT count(*) FROM webhook_members WHERE waiting = 1 AND dead = 1`).Scan(&dead); err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE webhook_members SET dead = 0, tries = 0, first_try = 0, next_try = ? WHERE waiting = 1`, now.UnixMilli())
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE webhook_lease SET stopped = 0`)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return 0, fmt.Errorf("queueing webhooks anew: %w", err)
	}
	return dead, nil
}
