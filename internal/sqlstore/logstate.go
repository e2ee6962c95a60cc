package sqlstore

import (
	"context"
	"fmt"

	"exposure/internal/audit"
)

// storedState is what the log keeps beside its rows, as it is found.
type storedState struct {
	audit.State
	size        int64
	peaks, seal []byte
}

const (
	logStateColumns = `t.size, t.head, t.peaks, t.seal, t.published, t.paused`
	logStateFrom    = ` FROM audit_tree AS t`
)

func (s *storedState) targets() []any {
	s.Marks.Known = true
	return []any{exact{&s.size}, exact{&s.Head}, exact{&s.peaks}, exact{&s.seal},
		mark{&s.Marks.Published, &s.Marks.Known}, mark{&s.Marks.Paused, &s.Marks.Known}}
}

// prove tells whether one of the keys sealed it; of an empty log nobody need have. Else it is
// ErrLogAltered.
func (s *storedState) prove(ctx context.Context, q rowQuerier, p audit.Prover) (err error) {
	if s.Tree, err = audit.ParseTree(s.size, s.peaks); err != nil {
		return fmt.Errorf("%w: %w", ErrLogAltered, err)
	}
	if s.size == 0 {
		if err := neverBegan(ctx, q); err != nil || len(s.seal) == 0 {
			s.Marks = audit.Marks{Known: true}
			return err
		}
	}
	if !s.SealedBy(p, s.seal) {
		return errNotOurs
	}
	return nil
}

// mark scans one of a state's marks; NULL says that they are not known.
type mark struct {
	into  *int64
	known *bool
}

// Scan implements sql.Scanner. What is no number is ErrAltered.
func (m mark) Scan(src any) error {
	if src == nil {
		*m.known = false
	}
	return optional{m.into}.Scan(src)
}

// walked are the marks among the first rows of a log that keeps none.
type walked struct {
	size  int64
	marks audit.Marks
}

// find finds the marks of a state that keeps none in the rows themselves, each of which is proven.
// It reads the whole log, once in a process: as soon as somebody has written, they are kept.
func (db *DB) find(ctx context.Context, q querier, p audit.Prover, s *storedState) error {
	if s.Marks.Known {
		return nil
	}
	found := walked{marks: audit.Marks{Known: true}}
	if before := db.walked.Load(); before != nil && before.size <= s.size {
		found = *before
	}
	const rows = `SELECT ` + logRowColumns + ` FROM audit_entries WHERE seq > ? AND seq <= ? ORDER BY seq`
	err := eachLogRow(ctx, q, rows, []any{found.size, s.size}, func(r logRow) error {
		e, proven := r.entry(p)
		if found.size++; !proven || r.seq != found.size {
			return fmt.Errorf("%w: row %d", ErrLogAltered, found.size)
		}
		found.marks.Pass(r.seq, e.Action)
		return nil
	})
	if err == nil && found.size != s.size {
		err = fmt.Errorf("%w: row %d", ErrLogAltered, found.size+1)
	}
	if err != nil {
		return fmt.Errorf("looking for the newest publication in the audit log: %w", err)
	}
	db.walked.Store(&found)
	s.Marks = found.marks
	return nil
}
