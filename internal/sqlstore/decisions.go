package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Decided is what somebody decided about a record of the review list. It holds for every
// later import, too.
type Decided struct {
	Handle   breach.Handle // of the record
	Reason   breach.ReviewReason
	Decision breach.Decision
}

// decisionRow is a decision as stored.
type decisionRow struct {
	seq, at int64
	Decided
	by       string
	keyCheck [32]byte
	after    int64 // the row before it under the same keys; 0: it is the first
	mac      [32]byte
}

const decisionColumns = `seq, at, handle, reason, decision, by_name, key_check, after, mac`

func (d *decisionRow) targets() []any {
	return []any{
		&d.seq, &d.at, fixed{d.Handle[:]}, &d.Reason, &d.Decision, &d.by, fixed{d.keyCheck[:]}, &d.after, fixed{d.mac[:]},
	}
}

func (d *decisionRow) authenticate(keys Keys) [32]byte {
	return keys.RowMAC("roster-decision", num(d.seq), num(d.at), d.Handle[:], []byte(d.Reason), []byte(d.Decision),
		[]byte(d.by), d.keyCheck[:], num(d.after))
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
	if err := r.insertDecisions(ctx, tx, decided, by, entry); err != nil {
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
	case foldName(by) == "":
		return fmt.Errorf("%w: who decided", ErrNoName)
	case strings.Contains(foldName(by), "@"):
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

func (r *Roster) insertDecisions(ctx context.Context, tx *sql.Tx, decided []Decided, by string, entry audit.Entry) error {
	log, err := r.decisionLog(ctx, tx)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO decisions (`+decisionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	after := log.own
	for i, d := range decided {
		row := decisionRow{seq: log.last + int64(i) + 1, at: entry.At.UnixMilli(), Decided: d, by: by, keyCheck: r.keys.KeyCheck(), after: after}
		row.mac = row.authenticate(r.keys)
		_, err := insert.ExecContext(ctx, row.seq, row.at, d.Handle[:], string(d.Reason), string(d.Decision), by, row.keyCheck[:], row.after, row.mac[:])
		if err != nil {
			return err
		}
		after = row.seq
	}
	return r.appendIn(ctx, tx, entry)
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

// Decisions is what was decided about each record under these keys. Records nobody
// decided about are not in it. Every doubt wraps breach.ErrUnproven.
func (r *Roster) Decisions(ctx context.Context) (decisions map[breach.Handle]breach.Decision, err error) {
	err = r.inSnapshot(ctx, func(tx *sql.Tx) error {
		log, err := r.decisionLog(ctx, tx)
		if err != nil {
			return err
		}
		decisions = log.latest
		return r.proveTaken(ctx, tx, log)
	})
	return decisions, err
}

// decisionLog is the proven log of decisions under these keys.
type decisionLog struct {
	latest map[breach.Handle]breach.Decision
	taken  map[taken]bool // every decision, also those replaced since
	own    int64          // the number of the newest row of these keys
	last   int64          // of any keys
}

func (r *Roster) decisionLog(ctx context.Context, q querier) (decisionLog, error) {
	log := decisionLog{latest: map[breach.Handle]breach.Decision{}, taken: map[taken]bool{}}
	last, err := lastOf(ctx, q, "decisions")
	if err != nil {
		return decisionLog{}, err
	}
	log.last = last
	check := r.keys.KeyCheck()
	rows, err := q.QueryContext(ctx, `SELECT `+decisionColumns+` FROM decisions WHERE key_check = ? ORDER BY seq`, check[:])
	if err != nil {
		return decisionLog{}, unread(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d decisionRow
		if err := rows.Scan(d.targets()...); err != nil {
			return decisionLog{}, fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
		}
		if d.mac != d.authenticate(r.keys) || d.after != log.own {
			return decisionLog{}, fmt.Errorf("%w: a decision is altered, or one before it is missing", ErrAltered)
		}
		log.latest[d.Handle], log.own = d.Decision, d.seq
		log.taken[taken{d.Handle, d.Decision}] = true
	}
	if err := rows.Err(); err != nil {
		return decisionLog{}, unread(err)
	}
	// Rows of other keys may lie before, not after: they could be ours in disguise.
	if log.own != 0 && log.own != last {
		return decisionLog{}, fmt.Errorf("%w: the newest decisions", ErrKeysDiffer)
	}
	return log, nil
}

// taken is one decision about a record.
type taken struct {
	handle   breach.Handle
	decision breach.Decision
}

// proveTaken checks that every decision the published versions were made with is in the
// log. A log that was cut off, or whose rows were all taken for those of other keys, looks
// whole by itself, and what was decided would be forgotten by the next import.
func (r *Roster) proveTaken(ctx context.Context, q querier, log decisionLog) error {
	acts, _, err := r.history(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the publications: %w", err)
	}
	proven := map[int64]bool{}
	for i := range acts {
		v := &acts[i].version
		if proven[v.ID] {
			continue
		}
		proven[v.ID] = true
		list, err := r.reviews(ctx, q, v)
		if err != nil {
			return fmt.Errorf("reading the review list of version %d: %w", v.ID, err)
		}
		if err := log.holds(v.ID, list); err != nil {
			return err
		}
	}
	return nil
}

// holds tells whether every decision that a version was made with is in the log.
func (l decisionLog) holds(version int64, list []StagedReview) error {
	for _, record := range list {
		if record.Applied != "" && !l.taken[taken{record.Handle, record.Applied}] {
			return fmt.Errorf("%w: decisions that version %d was made with", ErrAltered, version)
		}
	}
	return nil
}
