package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"exposure/internal/audit"
)

// KeptWithin is how soon a running server has written a head, once it is signed, to the file
// of kept heads: it does so every second, and one signing takes 15 seconds at the most.
const KeptWithin = 15 * time.Second

// Lack is what a file of kept heads lacks of those that the database has.
type Lack struct {
	Heads int // so many
	// Inside: an older one than the newest that is kept. A file that is only appended to can
	// lack none of those.
	Inside bool
	// Served: a server told somebody something when it had long had the time to keep the oldest
	// of them. What commands write, and what says that keys were loaded, is no such row.
	// The newest may be lacking after a kill, and after work of the operator's program while
	// no server ran.
	Served bool
}

// Lacking compares the heads of the database with those that were kept elsewhere. A head
// that the prover's keys did not sign is not looked at: see VerifyAudit.
func (db *DB) Lacking(ctx context.Context, p audit.Prover, kept []audit.Head) (Lack, error) {
	sizes := make([]int64, 0, len(kept))
	for _, h := range kept {
		sizes = append(sizes, h.Size)
	}
	slices.Sort(sizes)
	var l Lack
	var oldest audit.Head
	for at := int64(0); ; {
		page, err := db.HeadsAfter(ctx, at, headsPage)
		if err != nil {
			return l, err
		}
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			at = s.Size
			place, has := slices.BinarySearch(sizes, s.Size)
			if has {
				continue
			}
			h, err := audit.OpenHead(s.Signed, p.AuditVerifiers()...)
			if err != nil || h.Size != s.Size {
				continue
			}
			if l.Heads++; oldest.Size == 0 {
				oldest = h
			}
			l.Inside = l.Inside || place < len(sizes)
		}
	}
	var err error
	if l.Heads > 0 {
		l.Served, err = db.served(ctx, oldest, len(kept) == 0)
	}
	return l, err
}

// NewestRow is when the newest row of the log was written, by the clock of whoever wrote it;
// the zero time when there is none.
func (db *DB) NewestRow(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := db.read.QueryRowContext(ctx, `SELECT at FROM audit_entries ORDER BY seq DESC LIMIT 1`).Scan(&at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("reading the audit log: %w", err)
	}
	return time.UnixMilli(at.Int64), nil
}

// headsPage is how many heads are read at a time.
const headsPage = 1000

// served tells whether a server, and not the operator's program, wrote rows long after a head
// was signed, or at any time: those about people, because both write what they do by
// themselves, and a server that does not get as far as serving says which keys it has.
func (db *DB) served(ctx context.Context, h audit.Head, ever bool) (bool, error) {
	from, after := h.Size, h.At.Add(KeptWithin)
	if ever {
		from, after = 0, time.Time{}
	}
	rows, err := db.read.QueryContext(ctx, `SELECT encoded FROM audit_entries WHERE seq > ? ORDER BY seq`, from)
	if err != nil {
		return false, fmt.Errorf("reading the audit log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded); err != nil {
			return false, fmt.Errorf("reading the audit log: %w", err)
		}
		e, err := audit.Decode(encoded)
		if err == nil && e.Actor.Kind != audit.Operator && e.Actor.Kind != audit.System && e.At.After(after) {
			return true, nil
		}
	}
	if err := rows.Err(); err != nil {
		return false, fmt.Errorf("reading the audit log: %w", err)
	}
	return false, nil
}
