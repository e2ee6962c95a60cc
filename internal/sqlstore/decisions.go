package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Decided is what somebody decided about a record of the review list. It holds for every
// later import, too.
type Decided struct {
	Handle breach.Handle // of the record, under the newest key
	// Older are its handles under the older keys, newest first: so the decision also
	// counts for versions made under them. May be empty.
	Older    []breach.Handle
	Reason   breach.ReviewReason
	Decision breach.Decision
}

// decisionRow is a decision as stored.
type decisionRow struct {
	seq, at  int64
	handle   breach.Handle
	reason   breach.ReviewReason
	decision breach.Decision
	by       string
	keyCheck [32]byte
	after    int64 // the row before it under the same key; 0: it is the first
	mac      [32]byte
}

const decisionColumns = `seq, at, handle, reason, decision, by_name, key_check, after, mac`

func (d *decisionRow) targets() []any {
	return []any{
		&d.seq, &d.at, fixed{d.handle[:]}, &d.reason, &d.decision, &d.by, fixed{d.keyCheck[:]}, &d.after, fixed{d.mac[:]},
	}
}

func (d *decisionRow) authenticate(key breach.RosterKey, other elsewhere) [32]byte {
	return key.MAC("roster-decision", append([][]byte{num(d.seq), num(d.at), d.handle[:], []byte(d.reason), []byte(d.decision),
		[]byte(d.by), d.keyCheck[:], num(d.after)}, other.parts()...)...)
}

// Decide records decisions together with their audit entry, all or none. Nothing is ever
// removed; of several about one record the newest counts. It refuses a name it could not
// record, an unknown decision, and two decisions about one record at once.
func (r *Roster) Decide(ctx context.Context, decided []Decided, by string, entry audit.Entry) error {
	if err := checkDecided(decided, by); err != nil {
		return err
	}
	if entry.Action != audit.Review {
		return fmt.Errorf("%w: it must be about the review list", audit.ErrInvalid)
	}
	if err := entry.Validate(); err != nil {
		return err
	}
	tx, err := r.db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("recording decisions: %w", err)
	}
	defer tx.Rollback()
	log, err := r.decisionLog(ctx, tx)
	if err != nil {
		return fmt.Errorf("recording decisions: %w", err)
	}
	if err := r.insertDecisions(ctx, tx, &log, r.rowsOf(decided, by), entry.At); err != nil {
		return fmt.Errorf("recording decisions: %w", err)
	}
	if err := r.appendIn(ctx, tx, entry); err != nil {
		return fmt.Errorf("recording decisions: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("recording decisions: %w", err)
	}
	return nil
}

func checkDecided(decided []Decided, by string) error {
	switch {
	case len(decided) == 0:
		return errors.New("there is nothing to decide")
	case breach.FoldName(by) == "":
		return fmt.Errorf("%w: who decided", ErrNoName)
	case strings.Contains(breach.FoldName(by), "@"):
		return ErrAddressAsName
	}
	seen := make(map[breach.Handle]bool, len(decided))
	for _, d := range decided {
		switch {
		case d.Handle == breach.Handle{} || d.Reason == "":
			return errors.New("a decision must say about which record, and why it was open")
		case !d.Decision.Known():
			return errors.New("a decision is in, out or later")
		case seen[d.Handle]:
			return fmt.Errorf("%w: a record was decided about twice", ErrDuplicate)
		}
		seen[d.Handle] = true
	}
	return nil
}

// rowsOf are the rows of decisions, one for each key under which the record has a handle:
// those of the newest key last, so that they can still be read when the others are gone.
// Number, time and chain are not set yet.
func (r *Roster) rowsOf(decided []Decided, by string) []decisionRow {
	keys := r.keys.RosterKeys()
	var rows []decisionRow
	for i, k := range slices.Backward(keys) {
		for _, d := range decided {
			if i <= len(d.Older) {
				handle := append([]breach.Handle{d.Handle}, d.Older...)[i]
				rows = append(rows, decisionRow{handle: handle, reason: d.Reason, decision: d.Decision, by: by, keyCheck: k.Check})
			}
		}
	}
	return rows
}

// insertDecisions appends rows to the log.
func (r *Roster) insertDecisions(ctx context.Context, tx *sql.Tx, log *decisionLog, rows []decisionRow, at time.Time) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO decisions (`+decisionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range rows {
		d := &rows[i]
		d.seq, d.at, d.after = log.last+1, at.UnixMilli(), log.own[d.keyCheck].number()
		key, _ := r.keyOf(d.keyCheck)
		d.mac = d.authenticate(key, log.places.other(d.keyCheck))
		_, err := insert.ExecContext(ctx, d.seq, d.at, d.handle[:], string(d.reason), string(d.decision), d.by, d.keyCheck[:], d.after, d.mac[:])
		if err != nil {
			return err
		}
		log.add(d)
	}
	return nil
}

// carryDecisions records anew, under the key of this version, what was last decided about
// its records under an older one: so decisions outlive the key they were recorded under.
func (s *Staging) carryDecisions(ctx context.Context, tx *sql.Tx, at time.Time) error {
	if len(s.renamed) == 0 {
		return nil
	}
	log, err := s.r.decisionLog(ctx, tx)
	if err != nil {
		return err
	}
	var carried []decisionRow
	for _, record := range s.renamed {
		last := log.newest(append([]breach.Handle{record.Handle}, record.Older...))
		if last != nil && last.handle != record.Handle {
			carried = append(carried, decisionRow{handle: record.Handle, reason: last.reason, decision: last.decision, by: last.by, keyCheck: s.key.Check})
		}
	}
	return s.r.insertDecisions(ctx, tx, &log, carried, at)
}

// DecideLater records that every record of a version's review list that nobody decided
// about is decided later, and returns how many there were. When there were none, nothing
// is written, no audit entry either.
func (r *Roster) DecideLater(ctx context.Context, version int64, by string, entry audit.Entry) (int, error) {
	list, err := r.Reviews(ctx, version)
	if err != nil {
		return 0, err
	}
	known, err := r.Decisions(ctx)
	if err != nil {
		return 0, err
	}
	var decided []Decided
	for _, record := range list {
		if _, done := known[record.Handle]; !done {
			decided = append(decided, Decided{Handle: record.Handle, Reason: record.Reason, Decision: breach.DecidedLater})
		}
	}
	if len(decided) == 0 {
		return 0, nil
	}
	return len(decided), r.Decide(ctx, decided, by, entry)
}
