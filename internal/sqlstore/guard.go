package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// guard is a publication this process has proven, and what it looked like. It must never
// go back: a database restored under a running server is refused.
type guard struct {
	publication            publicationRow
	version                versionRow
	sentinel               breach.Tag
	published, sentinelRow []byte

	earlier []generation // published before and replaced
}

// asking gives the arguments of a statement, once it is known from which version it will
// be answered. It may be asked twice.
type asking func(g *guard) ([]any, error)

func askNothing(*guard) ([]any, error) { return nil, nil }

// read is readAny for a version of the roster's own incident file only.
func (r *Roster) read(ctx context.Context, q question, args asking, scan scanFunc) (*guard, error) {
	g, err := r.readAny(ctx, q, args, scan)
	if err != nil {
		return nil, err
	}
	if g.version.IncidentDigest != r.incident {
		return nil, ErrIncidentDiffers
	}
	return g, nil
}

// readAny asks in one snapshot with the proof of the guard.
func (r *Roster) readAny(ctx context.Context, q question, args asking, scan scanFunc) (*guard, error) {
	g, err := r.readBare(ctx, q.bare, args, scan)
	if err != nil || g != nil {
		return g, unread(err)
	}
	before := r.known.Load()
	if before != nil {
		same := false
		of, err := r.db.during(func() (err error) {
			same, err = r.readKnown(ctx, before, q.guarded, args, scan)
			return err
		})
		if err != nil {
			return nil, unread(err)
		}
		if same {
			r.remember(of, before)
			return before, nil
		}
	}
	of, err := r.db.during(func() (err error) {
		g, err = r.readAnew(ctx, q.guarded, args, scan)
		return err
	})
	switch {
	case err != nil:
		return nil, unread(err)
	case before != nil && g.publication.seq < before.publication.seq:
		return nil, fmt.Errorf("%w: an earlier state of the database was put back", ErrAltered)
	}
	r.learn(g)
	r.remember(of, g)
	return g, nil
}

// provenGuard is the guard as it is in an epoch.
type provenGuard struct {
	of    epoch
	guard *guard
}

func (r *Roster) remember(of epoch, g *guard) {
	if of != 0 {
		r.proven.Store(&provenGuard{of, g})
	}
}

// current is the guard that nobody need prove now, or nil. Is it the same before and after a
// read, it was so in the read's snapshot.
func (r *Roster) current() *provenGuard {
	known := r.proven.Load()
	if known == nil {
		return nil
	}
	if now, ok := r.db.epoch(); !ok || now != known.of {
		return nil
	}
	return known
}

// readBare asks without the guard, and returns nil unless it is current.
func (r *Roster) readBare(ctx context.Context, stmt int, args asking, scan scanFunc) (*guard, error) {
	known := r.current()
	if known == nil || stmt == stmtNone {
		return nil, nil
	}
	s, err := r.prepare(ctx, stmt)
	if err != nil {
		return nil, err
	}
	asked, err := args(known.guard)
	if err != nil { // of what this version is asked with: to be proven anew
		return nil, nil
	}
	asked = append([]any{known.guard.version.ID}, asked...)
	err = once(ctx, s, asked, func(rows *sql.Rows) error { return scan(rows) })
	if err != nil || r.current() != known {
		return nil, err
	}
	return known.guard, nil
}

// readKnown tells whether the guard is still what was proven before; if it is not,
// what was scanned is worth nothing.
func (r *Roster) readKnown(ctx context.Context, g *guard, stmt int, args asking, scan scanFunc) (same bool, err error) {
	s, err := r.prepare(ctx, stmt)
	if err != nil {
		return false, err
	}
	asked, err := g.args(args)
	if errors.Is(err, breach.ErrNoTag) {
		return false, nil // the version may be another one by now
	}
	if err != nil {
		return false, err
	}
	err = once(ctx, s, asked, func(rows *sql.Rows) error {
		var row guardRow
		if err := scan(rows, row.targets()...); err != nil {
			return err
		}
		same = bytes.Equal(row.published, g.published) && bytes.Equal(row.sentinel, g.sentinelRow)
		return nil
	})
	if errors.Is(err, ErrNoVersion) {
		return false, nil // it was there: the log is to be asked what became of it
	}
	return same, err
}

// readAnew proves the guard column by column and runs the statement, in one snapshot.
// The statements are prepared before a connection is taken for it: preparing takes one,
// too, and with every connection waiting for another nothing would go on.
func (r *Roster) readAnew(ctx context.Context, stmt int, args asking, scan scanFunc) (*guard, error) {
	published, err := r.prepare(ctx, stmtPublished)
	if err != nil {
		return nil, err
	}
	history, err := r.prepare(ctx, stmtHistory)
	if err != nil {
		return nil, err
	}
	last, err := r.prepare(ctx, stmtTold)
	if err != nil {
		return nil, err
	}
	asked, err := r.prepare(ctx, stmt)
	if err != nil {
		return nil, err
	}
	tx, err := r.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	g := &guard{}
	err = r.provePublished(ctx, tx, g, published, history)
	if err == nil || errors.Is(err, ErrNoVersion) {
		if gone := r.proveNewest(ctx, tx, tx.StmtContext(ctx, last), g); gone != nil {
			err = gone // and not that no version is published: nobody may take that for a beginning
		}
	}
	if err != nil {
		return nil, err
	}
	g.sentinel = sentinelTag(g.version.key, g.version.ID)
	with, err := g.args(args)
	if err != nil {
		return nil, err
	}
	err = once(ctx, tx.StmtContext(ctx, asked), with, func(rows *sql.Rows) error {
		var row guardRow
		err := scan(rows, row.targets()...)
		g.published, g.sentinelRow = bytes.Clone(row.published), bytes.Clone(row.sentinel)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(g.published) == 0 { // then any doubtful read would look the same
		return nil, fmt.Errorf("%w: the version's row", ErrAltered)
	}
	return g, r.proveSentinel(g)
}

// args are the arguments of a statement that begins with the guard's columns.
func (g *guard) args(asked asking) ([]any, error) {
	args, err := asked(g)
	return append([]any{g.sentinel[:]}, args...), err
}

// unread makes any failure to read say that nothing is proven.
func unread(err error) error {
	if err == nil || errors.Is(err, breach.ErrUnproven) || errors.Is(err, breach.ErrNoTag) {
		return err
	}
	return fmt.Errorf("%w: reading the roster: %w", breach.ErrUnproven, err)
}

// provePublished reads and proves the published version and all publications before it.
func (r *Roster) provePublished(ctx context.Context, tx *sql.Tx, g *guard, published, history *sql.Stmt) error {
	err := once(ctx, tx.StmtContext(ctx, published), nil, func(rows *sql.Rows) error {
		return rows.Scan(append(g.publication.targets(), g.version.targets()...)...)
	})
	if err != nil {
		return err
	}
	if err := g.version.verify(r); err != nil {
		return err
	}
	if _, err := lastOf(ctx, tx, "publications"); err != nil {
		return err
	}
	g.version.PublishedAt = time.UnixMilli(g.publication.at).UTC()
	rows, err := tx.StmtContext(ctx, history).QueryContext(ctx)
	if err != nil {
		return err
	}
	acts, err := r.proveHistory(rows)
	if err != nil {
		return err
	}
	if len(acts) == 0 || acts[0].publication != g.publication || g.publication.version != g.version.ID {
		return fmt.Errorf("%w: the publication's row", ErrAltered)
	}
	if err := proveBase(acts, &g.version); err != nil {
		return err
	}
	g.earlier = generations(earlier(acts))
	return nil
}

// proveNewest checks that the audit log knows of no newer publication.
func (r *Roster) proveNewest(ctx context.Context, tx *sql.Tx, last *sql.Stmt, g *guard) error {
	var t told
	if err := once(ctx, last, nil, func(rows *sql.Rows) error { return rows.Scan(t.targets()...) }); err != nil {
		return err
	}
	return t.publication(ctx, tx, r.db, r.keys, g.publication.version, g.publication.at)
}

// proveSentinel checks that the list is there: its sentinel is found.
func (r *Roster) proveSentinel(g *guard) error {
	row, found := splitRow(g.sentinelRow)
	if !found {
		return fmt.Errorf("%w: the list has no beginning", ErrAltered)
	}
	listed, err := row.prove(&g.version, g.sentinel)
	if err == nil && !listed {
		err = fmt.Errorf("%w: the sentinel is not on the list", ErrAltered)
	}
	return err
}

// learn keeps the newest proven publication.
func (r *Roster) learn(g *guard) {
	for {
		old := r.known.Load()
		if old != nil && old.publication.seq > g.publication.seq || r.known.CompareAndSwap(old, g) {
			return
		}
	}
}
