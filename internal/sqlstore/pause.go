package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var (
	// ErrNoReason: nothing is shut or held without a reason.
	ErrNoReason = errors.New("it needs a reason")
	// ErrAddressInReason: what is recorded here holds no addresses.
	ErrAddressInReason = errors.New("a reason must hold no e-mail address")
	// ErrBackInThePast: the look-up would be expected back before it is shut.
	ErrBackInThePast = errors.New("the time at which the look-up is back lies in the past")
	// ErrPauseUnproven: nobody is answered, because the look-up may be shut. The next order ends
	// the doubt.
	ErrPauseUnproven = errors.New("whether the look-up is paused cannot be proven")
	// ErrNotPaused: the look-up is open.
	ErrNotPaused = errors.New("the look-up is not paused")
)

// PauseOrder says why the look-up is shut and by whom. All of it is recorded, none of it
// is verified or shown to customers but BackAt.
type PauseOrder struct {
	Reason       string
	BackAt       *time.Time // nil: not known
	OSUser, Host string
}

// ResumeOrder says by whom the look-up is opened again. Reason may be empty.
type ResumeOrder struct {
	Reason       string
	OSUser, Host string
}

// pausedSQL reads the newest row, the last number that was given, and what the log says last, so
// that the newest rows cannot be cut off alone. One row comes even when there never was a pause.
const pausedSQL = `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'pauses'), 0), coalesce(p.seq, 0),
	p.at, p.shut, p.since, p.back_at, p.reason, p.os_user, p.host, p.key_check, p.mac, ` + toldColumns + `
	FROM (SELECT 1) LEFT JOIN pauses AS p ON p.seq = (SELECT max(seq) FROM pauses)` + toldFrom + `paused`

// pauseRow is an order as stored.
type pauseRow struct {
	seq, at, since int64
	shut           bool
	backAt         sql.NullInt64
	reason         string
	osUser, host   string
	keyCheck, mac  [32]byte
}

func (p *pauseRow) authenticate(key breach.RosterKey) [32]byte {
	shut, back := []byte{0}, []byte{}
	if p.shut {
		shut[0] = 1
	}
	if p.backAt.Valid {
		back = num(p.backAt.Int64)
	}
	return key.MAC("roster-pause", num(p.seq), num(p.at), shut, num(p.since), back, []byte(p.reason),
		[]byte(p.osUser), []byte(p.host), p.keyCheck[:])
}

// Paused tells whether the look-up is shut: nil while it is open. Any doubt is an error
// that wraps breach.ErrUnproven. It is cheap enough for every step of every request: no
// statement while nothing was committed but audit rows, and else one, shared by those who ask
// at the same time.
func (r *Roster) Paused(ctx context.Context) (*breach.Pause, error) {
	if err := r.db.stillInPlace(); err != nil {
		return nil, unread(err)
	}
	if known := r.ordered.Load(); known != nil {
		if now, ok := r.db.epoch(); ok && now == known.of {
			return known.pause.public(), nil
		}
	}
	p, err := r.pauses.get(ctx, r.readPause)
	return p, unread(err)
}

// provenPause is the newest order in an epoch.
type provenPause struct {
	of    epoch
	pause *pauseRow
}

func (r *Roster) readPause(ctx context.Context) (*breach.Pause, error) {
	stmt, err := r.prepare(ctx, stmtPaused)
	if err != nil {
		return nil, unread(err)
	}
	var p *pauseRow
	of, err := r.db.during(func() (err error) {
		p, err = r.newestPause(ctx, r.db.read, stmt.QueryRowContext(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	// What this process has seen cannot be undone but by a newer order.
	for {
		seen := r.pause.Load()
		if p.seq < seen {
			return nil, fmt.Errorf("%w: an earlier state of the pauses was put back", ErrAltered)
		}
		if p.seq == seen || r.pause.CompareAndSwap(seen, p.seq) {
			if of != 0 {
				r.ordered.Store(&provenPause{of, p})
			}
			return p.public(), nil
		}
	}
}

// newestPause reads and proves the row of pausedSQL. Its number is zero when there never was one.
func (r *Roster) newestPause(ctx context.Context, q querier, row *sql.Row) (*pauseRow, error) {
	var t told
	p, err := r.scanPause(row, &t)
	if err != nil {
		return nil, err
	}
	return p, t.order(ctx, q, r.db, r.keys, p)
}

func (r *Roster) scanPause(row *sql.Row, t *told) (*pauseRow, error) {
	p := &pauseRow{}
	var given, seq int64
	var at, since sql.NullInt64
	var shut sql.NullBool
	var reason, osUser, host sql.NullString
	var check, mac []byte
	if err := row.Scan(append([]any{&given, &seq, &at, &shut, &since, &p.backAt, &reason, &osUser, &host, &check, &mac}, t.targets()...)...); err != nil {
		return nil, unread(err)
	}
	switch {
	case given != seq:
		return nil, fmt.Errorf("%w: the newest pauses", ErrAltered)
	case seq == 0:
		return p, nil
	case len(check) != 32 || len(mac) != 32:
		return nil, fmt.Errorf("%w: a pause", ErrAltered)
	}
	p.seq, p.at, p.shut, p.since = seq, at.Int64, shut.Bool, since.Int64
	p.reason, p.osUser, p.host = reason.String, osUser.String, host.String
	p.keyCheck, p.mac = [32]byte(check), [32]byte(mac)
	key, ours := r.keyOf(p.keyCheck)
	if !ours {
		return nil, fmt.Errorf("%w: the newest pause", ErrKeysDiffer)
	}
	if p.mac != p.authenticate(key) {
		return nil, fmt.Errorf("%w: a pause", ErrAltered)
	}
	return p, nil
}

func (p *pauseRow) public() *breach.Pause {
	if !p.shut {
		return nil
	}
	shut := &breach.Pause{Since: time.UnixMilli(p.since).UTC()}
	if p.backAt.Valid {
		back := time.UnixMilli(p.backAt.Int64).UTC()
		shut.BackAt = &back
	}
	return shut
}

// Pause shuts the look-up, together with its audit entry, whose time counts. While it is
// shut already, reason and return are replaced and the beginning stays. It works
// whatever state the list and the pauses are in, as long as the audit log can be written.
func (r *Roster) Pause(ctx context.Context, o PauseOrder, entry audit.Entry) error {
	switch {
	case strings.TrimSpace(o.Reason) == "":
		return ErrNoReason
	case strings.Contains(breach.FoldName(o.Reason), "@"):
		return ErrAddressInReason
	case o.BackAt != nil && !o.BackAt.After(entry.At):
		return ErrBackInThePast
	}
	row := pauseRow{shut: true, reason: o.Reason, osUser: o.OSUser, host: o.Host}
	if o.BackAt != nil {
		row.backAt = sql.NullInt64{Int64: o.BackAt.UnixMilli(), Valid: true}
	}
	if err := r.order(ctx, row, audit.Pause, entry); err != nil {
		return fmt.Errorf("pausing the look-up: %w", err)
	}
	return nil
}

// Resume opens the look-up again, together with its audit entry. ErrNotPaused when it is
// proven to be open; when that is in doubt, it ends the doubt.
func (r *Roster) Resume(ctx context.Context, o ResumeOrder, entry audit.Entry) error {
	if strings.Contains(breach.FoldName(o.Reason), "@") {
		return ErrAddressInReason
	}
	row := pauseRow{reason: o.Reason, osUser: o.OSUser, host: o.Host}
	if err := r.order(ctx, row, audit.Resume, entry); err != nil {
		return fmt.Errorf("resuming the look-up: %w", err)
	}
	return nil
}

// order writes a row of pauses with its audit entry.
func (r *Roster) order(ctx context.Context, row pauseRow, action audit.Action, entry audit.Entry) error {
	if entry.Action != action {
		return fmt.Errorf("%w: it must be about the pause", audit.ErrInvalid)
	}
	if err := entry.Validate(); err != nil {
		return err
	}
	tx, err := r.db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w, err := r.db.openLog(ctx, tx, r.keys)
	if err != nil {
		return err
	}
	defer w.close()
	row.seq = w.state.Tree.Size() + 1
	row.at, row.since = entry.At.UnixMilli(), entry.At.UnixMilli()
	if before, err := r.newestPause(ctx, tx, tx.QueryRowContext(ctx, pausedSQL)); err == nil {
		switch {
		case before.shut:
			row.since = before.since
		case !row.shut:
			return ErrNotPaused
		}
		row.seq = max(row.seq, before.seq+1)
	}
	if err := r.insertPause(ctx, tx, &row); err != nil {
		return err
	}
	if err := w.appendEntries(entry); err != nil {
		return err
	}
	return tx.Commit()
}

// insertPause makes a row the newest one, under the newest key. Its number is that of the audit
// row that is written with it, or follows that of the newest proven one: one that is not ours
// may have the largest number there is, or say that it was given. What stands behind it is
// none of ours.
func (r *Roster) insertPause(ctx context.Context, tx *sql.Tx, row *pauseRow) error {
	row.keyCheck = r.newest().Check
	row.mac = row.authenticate(r.newest())
	if _, err := tx.ExecContext(ctx, `DELETE FROM pauses WHERE seq >= ?`, row.seq); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO pauses (seq, at, shut, since, back_at, reason, os_user, host, key_check, mac)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.seq, row.at, row.shut, row.since, row.backAt, row.reason, row.osUser, row.host, row.keyCheck[:], row.mac[:]); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE sqlite_sequence SET seq = ? WHERE name = 'pauses'`, row.seq)
	return err
}
