package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"exposure/internal/breach"
)

// Decisions is what was decided about each record under these keys, by its handles under
// all of them. Records nobody decided about are not in it. Every doubt wraps
// breach.ErrUnproven.
func (r *Roster) Decisions(ctx context.Context) (map[breach.Handle]breach.Decision, error) {
	log, err := r.provenDecisions(ctx)
	if err != nil {
		return nil, err
	}
	all := map[breach.Handle]breach.Decision{}
	for handle, d := range log.latest {
		all[handle] = d.decision
	}
	return all, nil
}

// DecisionOf returns what tells the decision about a record by its handles under all keys:
// the newest counts, whichever key it was recorded under. Empty: nobody decided.
func (r *Roster) DecisionOf(ctx context.Context) (func(handles []breach.Handle) breach.Decision, error) {
	log, err := r.provenDecisions(ctx)
	if err != nil {
		return nil, err
	}
	return func(handles []breach.Handle) breach.Decision {
		if d := log.newest(handles); d != nil {
			return d.decision
		}
		return ""
	}, nil
}

func (r *Roster) provenDecisions(ctx context.Context) (log decisionLog, err error) {
	err = r.db.inSnapshot(ctx, func(tx *sql.Tx) error {
		if log, err = r.decisionLog(ctx, tx); err != nil {
			return err
		}
		return r.proveTaken(ctx, tx, log)
	})
	return log, err
}

// decisionLog is the proven log of decisions under these keys.
type decisionLog struct {
	latest map[breach.Handle]*decisionRow
	taken  map[taken]bool            // every decision, also those replaced since
	own    map[[32]byte]*decisionRow // by key: its newest row
	last   int64                     // of any keys
	places places
}

// number is that of a row; 0 of none.
func (d *decisionRow) number() int64 {
	if d == nil {
		return 0
	}
	return d.seq
}

// add takes a row into the log.
func (l *decisionLog) add(d *decisionRow) {
	l.latest[d.handle], l.own[d.keyCheck], l.last = d, d, d.seq
	l.taken[taken{d.handle, d.decision}] = true
	l.places.add(d.seq, d.keyCheck)
}

// newest is the newest decision about a record, by its handles.
func (l *decisionLog) newest(handles []breach.Handle) (newest *decisionRow) {
	for _, h := range handles {
		if d := l.latest[h]; d != nil && (newest == nil || d.seq > newest.seq) {
			newest = d
		}
	}
	return newest
}

func (r *Roster) decisionLog(ctx context.Context, q querier) (decisionLog, error) {
	log := decisionLog{latest: map[breach.Handle]*decisionRow{}, taken: map[taken]bool{}, own: map[[32]byte]*decisionRow{}}
	last, err := lastOf(ctx, q, "decisions")
	if err != nil {
		return decisionLog{}, err
	}
	rows, err := q.QueryContext(ctx, `SELECT `+decisionColumns+` FROM decisions ORDER BY seq`)
	if err != nil {
		return decisionLog{}, unread(err)
	}
	defer rows.Close()
	readable := true
	for rows.Next() {
		d := &decisionRow{}
		if err := rows.Scan(d.targets()...); err != nil {
			return decisionLog{}, fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
		}
		if readable, err = r.provenDecision(&log, d); err != nil {
			return decisionLog{}, err
		}
	}
	if err := rows.Err(); err != nil {
		return decisionLog{}, unread(err)
	}
	// Rows of other keys may lie before, not after: they could be ours in disguise.
	if !readable && len(log.own) > 0 {
		return decisionLog{}, fmt.Errorf("%w: the newest decisions", ErrKeysDiffer)
	}
	log.last = last
	return log, nil
}

// provenDecision proves a row and takes it into the log, or tells that it is of another
// key.
func (r *Roster) provenDecision(log *decisionLog, d *decisionRow) (ours bool, err error) {
	key, ours := r.keyOf(d.keyCheck)
	if !ours {
		log.places.add(d.seq, d.keyCheck)
		return false, nil
	}
	if d.after != log.own[d.keyCheck].number() || d.mac != d.authenticate(key, log.places.other(d.keyCheck)) {
		return true, fmt.Errorf("%w: a decision is altered, or one before it is missing", ErrAltered)
	}
	log.add(d)
	return true, nil
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
