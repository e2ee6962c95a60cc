package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// The tables publications, decisions and pauses only grow, but for what somebody put behind the
// newest proven pause, and SQLite keeps the last number given: the newest rows cannot be cut off
// alone. In publications and decisions each row names the one before it under the same keys, so
// that none in between can be hidden either, not even as one of other keys.

// querier is a pool or a transaction.
type querier interface {
	rowQuerier
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// maxNumber is more than any table counts. A larger number was put there, so that there is
// none to go on with.
const maxNumber = 1 << 62

// usedUp is the error for it.
func usedUp(table string) error {
	return fmt.Errorf("%w: somebody has put a number into %s that is so large that none can follow: %s", ErrAltered, table, evidence)
}

// lastOf returns the number of the newest row of a table that only grows, 0 when it is
// empty.
func lastOf(ctx context.Context, q rowQuerier, table string) (int64, error) {
	var last, given int64
	err := q.QueryRowContext(ctx, `SELECT coalesce((SELECT max(seq) FROM `+table+`), 0),
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = '`+table+`'), 0)`).Scan(&last, &given)
	switch {
	case err != nil:
		return 0, unread(err)
	case last != given:
		return 0, fmt.Errorf("%w: the newest rows of %s", ErrAltered, table)
	case last >= maxNumber:
		return 0, usedUp(table)
	}
	return last, nil
}

// historySQL reads every publication, newest first. A version whose row is missing takes
// its publication with it, which breaks the chain.
const historySQL = `SELECT ` + publicationColumns + `, ` + versionColumns + `
	FROM publications AS p JOIN roster_versions AS v ON v.id = p.version ORDER BY p.seq DESC`

// act is one act of publishing, with the version that was published.
type act struct {
	publication publicationRow
	version     versionRow
}

// proveHistory reads what historySQL finds and proves what is of these keys, row by row
// and as a whole. Newest first.
func (r *Roster) proveHistory(rows *sql.Rows) ([]act, error) {
	defer rows.Close()
	var acts []act
	for rows.Next() {
		var a act
		if err := rows.Scan(append(a.publication.targets(), a.version.targets()...)...); err != nil {
			return nil, fmt.Errorf("%w: a column is not what it should be: %w", ErrAltered, err)
		}
		acts = append(acts, a)
	}
	if err := rows.Err(); err != nil {
		return nil, unread(err)
	}
	var before places
	for i := range slices.Backward(acts) {
		p, v := &acts[i].publication, &acts[i].version
		if r.ours(p.keyCheck) {
			if err := r.provePublication(p, v, before); err != nil {
				return nil, err
			}
		}
		before.add(p.seq, p.keyCheck)
	}
	acts = slices.DeleteFunc(acts, func(a act) bool { return !r.ours(a.publication.keyCheck) })
	return acts, proveChains(acts)
}

// provePublication checks one row of publications with the version's.
func (r *Roster) provePublication(p *publicationRow, v *versionRow, before places) error {
	if err := v.verify(r); err != nil {
		return fmt.Errorf("%w: the version of a publication: %w", ErrAltered, err)
	}
	if p.keyCheck != v.keyCheck || p.version != v.ID || p.mac != p.authenticate(v, before.other(p.keyCheck)) {
		return fmt.Errorf("%w: a publication's row", ErrAltered)
	}
	return nil
}

// proveChains checks that each publication names the one before it under its key.
func proveChains(acts []act) error {
	after := map[[32]byte]int64{} // by key: the number that the row before must have
	for _, a := range acts {
		if want, later := after[a.publication.keyCheck]; later && want != a.publication.seq {
			return fmt.Errorf("%w: a publication is missing", ErrAltered)
		}
		after[a.publication.keyCheck] = a.publication.after
	}
	for _, first := range after {
		if first != 0 {
			return fmt.Errorf("%w: the first publication is missing", ErrAltered)
		}
	}
	return nil
}

// history is every publication under these keys, newest first, and the number of the
// newest one under any keys.
func (r *Roster) history(ctx context.Context, q querier) (acts []act, last int64, err error) {
	if last, err = lastOf(ctx, q, "publications"); err != nil {
		return nil, 0, err
	}
	rows, err := q.QueryContext(ctx, historySQL)
	if err != nil {
		return nil, 0, unread(err)
	}
	acts, err = r.proveHistory(rows)
	return acts, last, err
}

// proveBase checks that the version that was published when another one was committed is
// among the publications: without it they were cut off or taken for those of other keys,
// and people whom an earlier version listed would be forgotten.
func proveBase(acts []act, v *versionRow) error {
	if v.Base == 0 || slices.ContainsFunc(acts, func(a act) bool { return a.version.ID == v.Base }) {
		return nil
	}
	return fmt.Errorf("%w: the publication of version %d is missing", ErrAltered, v.Base)
}

// publishedIn is the published version as a transaction sees it, nil when there is none
// or it belongs to other keys.
func (r *Roster) publishedIn(ctx context.Context, q querier) (*versionRow, error) {
	acts, last, err := r.history(ctx, q)
	if err != nil || len(acts) == 0 || acts[0].publication.seq != last {
		return nil, err
	}
	return &acts[0].version, nil
}

// earlier picks, from the newest publication back, the other versions of the incident
// that once answered.
func earlier(acts []act) []*versionRow {
	var all []*versionRow
	for i := range acts {
		v := &acts[i].version
		known := func(o *versionRow) bool { return o.ID == v.ID }
		if i > 0 && v.ID != acts[0].version.ID && v.IncidentID == acts[0].version.IncidentID && !slices.ContainsFunc(all, known) {
			all = append(all, v)
		}
	}
	return all
}
