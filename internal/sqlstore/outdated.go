package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
)

// ErrOutdated: the rows say that somebody is told an answer out of another version than the
// published one. None of them was written, and nobody may be told it. It is ErrPublicationGone
// as well where no publication of just now explains it.
var ErrOutdated = errors.New("the answer is of another version than the one that is published")

// publishedWithin is how long after a publication an answer of before may still come to be
// recorded: longer than any commit is waited for, and room for clocks that differ.
const publishedWithin = time.Minute

// newestVersion is what a row of the log says that was published by it.
type newestVersion struct {
	seq     int64
	version int64
	at      time.Time
}

// addAll writes rows, or on ErrOutdated none of them. On any other error the transaction is
// worth nothing.
func (w *logWriter) addAll(rows []auditRow) error {
	for i := range rows {
		if err := w.refuseOutdated(&rows[i].entry); err != nil {
			return err
		}
	}
	for i := range rows {
		if err := w.add(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// refuseOutdated asks under the write lock what readers were shown without it. A state of the
// log that was sealed once proves itself to a reader: whoever may write the database can show
// readers an earlier one, and put the newest back before anybody writes.
func (w *logWriter) refuseOutdated(e *audit.Entry) error {
	if e.Action != audit.Disclosure || e.Version == 0 {
		return nil
	}
	seq := w.state.Marks.Published
	if known := w.db.newest.Load(); known != nil && known.seq == seq && known.version == e.Version {
		return nil
	}
	newest := newestVersion{seq: seq}
	if seq != 0 { // read again before anybody is refused: what is known costs nobody their answer
		if err := w.readNewest(&newest); err != nil {
			return err
		}
		w.db.newest.Store(&newest)
	}
	switch {
	case seq != 0 && newest.version == e.Version:
		return nil
	case seq == 0 || e.At.Sub(newest.at) > publishedWithin:
		return fmt.Errorf("%w: version %d: %w", ErrOutdated, e.Version, ErrPublicationGone)
	}
	return fmt.Errorf("%w: version %d", ErrOutdated, e.Version)
}

func (w *logWriter) readNewest(n *newestVersion) error {
	var row witness
	err := w.tx.QueryRow(`SELECT `+witnessColumns+` FROM audit_entries AS a WHERE a.seq = ?`, n.seq).Scan(row.targets()...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.Is(err, ErrAltered) {
		return fmt.Errorf("reading the newest publication in the audit log: %w", err)
	}
	e, proven := row.entry(w.keys)
	if err != nil || !proven || row.seq != n.seq {
		return fmt.Errorf("%w: row %d", ErrLogAltered, n.seq)
	}
	n.version, n.at = e.Version, e.At
	return nil
}
