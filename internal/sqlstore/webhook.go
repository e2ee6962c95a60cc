package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset/webhook"
)

// WebhookKeys is what the queue of webhooks needs of the server's key file.
type WebhookKeys interface {
	RosterKeys() []breach.RosterKey
	PersonHandles(key string) []breach.Handle // newest first
	SealMemberID(id string) []byte
	OpenMemberID(sealed []byte) (string, error)
}

// Webhook is the queue of what a shop is told about resets ([webhook.Queue]). Who can write
// the database can make it tell something twice or not at all, but never something that is
// not so: members are looked up and proven when they are told. Safe for concurrent use.
type Webhook struct {
	db       *DB
	keys     WebhookKeys
	receiver [32]byte
}

// Webhook returns the queue for the receiver at a URL, of which only a hash is kept. One
// with another URL is not stopped by what an earlier one said.
func (db *DB) Webhook(keys WebhookKeys, url string) *Webhook {
	return &Webhook{db, keys, sha256.Sum256([]byte(url))}
}

// Lease implements [webhook.Queue].
func (w *Webhook) Lease(ctx context.Context, h webhook.Holder, now, until time.Time) (l webhook.Lease, err error) {
	if err := w.db.inPlace(); err != nil {
		return l, fmt.Errorf("leasing the webhooks: %w", err)
	}
	const take = `UPDATE webhook_lease SET holder = ?1, until = ?3, stopped = stopped AND receiver = ?4, receiver = ?4
		WHERE holder = ?1 OR until <= ?2 RETURNING stopped`
	err = w.db.write.QueryRowContext(ctx, take, h[:], now.UnixMilli(), until.UnixMilli(), w.receiver[:]).Scan(&l.Stopped)
	if errors.Is(err, sql.ErrNoRows) {
		return l, webhook.ErrLeaseLost
	}
	if err != nil {
		return l, fmt.Errorf("leasing the webhooks: %w", err)
	}
	return l, nil
}

// held runs a change of the lease's holder in one transaction.
func (w *Webhook) held(ctx context.Context, h webhook.Holder, change func(*sql.Tx) error) error {
	tx, err := w.db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var ours bool
	if err := tx.QueryRowContext(ctx, `SELECT holder = ? FROM webhook_lease`, h[:]).Scan(&ours); err != nil {
		return err
	}
	if !ours {
		return webhook.ErrLeaseLost
	}
	if err := change(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Add implements [webhook.Queue].
func (w *Webhook) Add(ctx context.Context, h webhook.Holder, now time.Time, all []webhook.Candidate) error {
	err := w.held(ctx, h, func(tx *sql.Tx) error {
		for _, c := range all {
			if err := w.add(ctx, tx, c, now.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("queueing webhooks: %w", err)
	}
	return nil
}

func (w *Webhook) add(ctx context.Context, tx *sql.Tx, c webhook.Candidate, now int64) error {
	handle, known, err := w.row(ctx, tx, c.MemberID)
	if err != nil || known != nil && w.wasTold(handle, c.Event, known.told) {
		return err
	}
	if known == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO webhook_members (handle, member_id_sealed, told, event, waiting, bars, since, tries, first_try, next_try, dead)
			VALUES (?, ?, x'', ?, 1, ?, ?, 0, 0, ?, 0)`, handle[:], w.keys.SealMemberID(c.MemberID), c.Event[:], c.Bars, now, now)
		return err
	}
	if known.waiting && known.event == c.Event {
		return nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE webhook_members SET since = iif(waiting, since, ?1), next_try = iif(waiting AND NOT dead, min(next_try, ?2), ?2),
		event = ?3, waiting = 1, bars = ?4, tries = 0, first_try = 0, dead = 0, member_id_sealed = ?5 WHERE handle = ?6`,
		now, now, c.Event[:], c.Bars, w.keys.SealMemberID(c.MemberID), handle[:])
	return err
}

// webhookRow is what is known of a member.
type webhookRow struct {
	told    []byte
	event   [16]byte
	waiting bool
}

// row finds a member's row under any key; without one it returns the handle of a new one.
func (w *Webhook) row(ctx context.Context, tx *sql.Tx, memberID string) (breach.Handle, *webhookRow, error) {
	handles := w.keys.PersonHandles(memberKey(memberID))
	for _, h := range handles {
		var r webhookRow
		var event []byte
		err := tx.QueryRowContext(ctx, `SELECT told, event, waiting FROM webhook_members WHERE handle = ?`, h[:]).Scan(&r.told, &event, &r.waiting)
		if err == nil {
			copy(r.event[:], event)
			return h, &r, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return h, nil, err
		}
	}
	return handles[0], nil, nil
}

// toldMAC is what is kept of an accepted event: who can write the database cannot make it
// seem that something was told.
func toldMAC(k breach.RosterKey, handle breach.Handle, event [16]byte) [32]byte {
	return k.MAC("webhook-told", handle[:], event[:])
}

func (w *Webhook) wasTold(handle breach.Handle, event [16]byte, told []byte) bool {
	if len(told) != 32 {
		return false
	}
	for _, k := range w.keys.RosterKeys() {
		if toldMAC(k, handle, event) == [32]byte(told) {
			return true
		}
	}
	return false
}

// Due implements [webhook.Queue]. A row that nobody's name opens is of a key that was
// retired, or was planted: it goes, and whoever it was about is queued anew at the next
// start.
func (w *Webhook) Due(ctx context.Context, now time.Time, held bool, limit int) ([]webhook.Waiting, error) {
	all, strange, err := w.due(ctx, now, held, limit)
	for i := 0; err == nil && i < len(strange); i++ {
		_, err = w.db.write.ExecContext(ctx, `DELETE FROM webhook_members WHERE handle = ?`, strange[i])
	}
	if err != nil {
		return nil, fmt.Errorf("reading the queue of webhooks: %w", err)
	}
	return all, nil
}

func (w *Webhook) due(ctx context.Context, now time.Time, held bool, limit int) (all []webhook.Waiting, strange [][]byte, err error) {
	rows, err := w.db.read.QueryContext(ctx, `SELECT handle, member_id_sealed, tries, first_try FROM webhook_members
		WHERE waiting = 1 AND dead = 0 AND next_try <= ? AND (bars = 0 OR NOT ?) ORDER BY next_try LIMIT ?`, now.UnixMilli(), held, limit)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var handle, sealed []byte
		var first int64
		var d webhook.Waiting
		if err := rows.Scan(&handle, &sealed, &d.Tries, &first); err != nil {
			return nil, nil, err
		}
		if d.MemberID, err = w.keys.OpenMemberID(sealed); err != nil || !w.names(d.MemberID, handle) {
			strange = append(strange, handle)
			continue
		}
		d.First = instantOf(first)
		all = append(all, d)
	}
	return all, strange, rows.Err()
}

func (w *Webhook) names(memberID string, handle []byte) bool {
	for _, h := range w.keys.PersonHandles(memberKey(memberID)) {
		if string(h[:]) == string(handle) {
			return true
		}
	}
	return false
}
