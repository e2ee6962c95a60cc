package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"exposure/internal/audit"
)

// KeysLoaded reads the rows that servers leave when they start with keys that have changed,
// oldest first. One that cannot be proven is empty, as if it named no key: whoever may
// write the database must not make a key look as if nobody used it. Its cost grows with the
// log: not for a request.
func (a *Audit) KeysLoaded(ctx context.Context) (all []audit.Entry, err error) {
	const loaded = `SELECT ` + logRowColumns + ` FROM audit_entries WHERE action = ? ORDER BY seq`
	err = eachLogRow(ctx, a.db.read, loaded, []any{string(audit.KeysLoaded)}, func(r logRow) error {
		e, proven := r.entry(a.keys)
		if !proven || e.Action != audit.KeysLoaded {
			e = audit.Entry{}
		}
		all = append(all, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading which keys servers used: %w", err)
	}
	return all, nil
}

// sealedUnder finds the versions that hold something sealed under a key: what is sealed
// begins with the key's id.
const sealedUnder = `SELECT DISTINCT version FROM roster_persons WHERE substr(member_id_sealed, 1, 4) = ?1
	UNION SELECT DISTINCT version FROM roster_persons WHERE substr(evidence, 1, 4) = ?1
	UNION SELECT DISTINCT version FROM roster_contacts WHERE substr(sealed, 1, 4) = ?1
	UNION SELECT DISTINCT version FROM roster_reviews WHERE substr(sealed, 1, 4) = ?1 ORDER BY 1`

// SealedUnder are the versions that hold member numbers, evidence or contacts sealed under
// the key of this id. It reads every row.
func (db *DB) SealedUnder(ctx context.Context, id [4]byte) (versions []int64, err error) {
	rows, err := db.read.QueryContext(ctx, sealedUnder, id[:])
	if err != nil {
		return nil, fmt.Errorf("looking for what is sealed under a key: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("looking for what is sealed under a key: %w", err)
		}
		versions = append(versions, v)
	}
	return versions, rows.Err()
}

// ErrKeyNeeded: what is published was made under the key.
var ErrKeyNeeded = errors.New("the published version was made under this key")

// LeaveKey prepares the database for the end of an older tag key, together with the audit
// entry: what only it proves about the present (whether the look-up is paused, which
// decision is the newest) is written anew under the newest key. ErrKeyNeeded while the
// published version is of the key. Safe to repeat.
func (r *Roster) LeaveKey(ctx context.Context, id string, entry audit.Entry) error {
	if err := entry.Validate(); err != nil {
		return err
	}
	tx, err := r.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("leaving a tag key: %w", err)
	}
	defer tx.Rollback()
	if err := r.leaveKey(ctx, tx, id, entry); err != nil {
		return fmt.Errorf("leaving a tag key: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("leaving a tag key: %w", err)
	}
	return nil
}

func (r *Roster) leaveKey(ctx context.Context, tx *sql.Tx, id string, entry audit.Entry) error {
	published, err := r.publishedIn(ctx, tx)
	if err != nil {
		return err
	}
	if published != nil && published.key.ID == id {
		return fmt.Errorf("%w: version %d", ErrKeyNeeded, published.ID)
	}
	pause, err := r.newestPause(ctx, tx, tx.QueryRowContext(ctx, pausedSQL))
	if err != nil {
		return err
	}
	if key, ours := r.keyOf(pause.keyCheck); ours && key.ID == id {
		if err := r.insertPause(ctx, tx, pause); err != nil {
			return err
		}
	}
	log, err := r.decisionLog(ctx, tx)
	if err != nil {
		return err
	}
	if key, ours := r.keyOf(log.places.newest()); ours && key.ID == id {
		if last := log.own[r.newest().Check]; last != nil {
			if err := r.insertDecisions(ctx, tx, &log, []decisionRow{*last}, entry.At); err != nil {
				return err
			}
		}
	}
	return r.appendIn(ctx, tx, entry)
}
