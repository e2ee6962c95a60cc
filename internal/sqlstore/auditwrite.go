package sqlstore

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// ErrLogAltered: the audit log is not what its programs left. Nothing is appended to it,
// because what is appended would cover that up.
var ErrLogAltered = errors.New("the audit log was altered: see what \"exposurectl audit verify\" finds")

var errNotOurs = fmt.Errorf("%w: its count of its rows was altered, or written under a key that is not in this key file: where keys were rotated, give this program the new file and start it again", ErrLogAltered)

// AuditKeys seal and sign the audit log. Safe for concurrent use.
type AuditKeys interface {
	audit.Sealer
	audit.Prover
	AuditSigner() ed25519.PrivateKey
}

// headEvery is after how many rows a head is signed by whoever writes the next one.
const headEvery = 1000

const (
	readTree = `SELECT ` + logStateColumns + `, coalesce((SELECT max(seq) FROM audit_entries), 0)` + logStateFrom + ` WHERE t.id = 1`

	insertEntry = `INSERT INTO audit_entries (seq, at, action, outcome, purpose, weighs, tag, attempt, encoded, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	writeTree = `UPDATE audit_tree SET size = ?, head = ?, peaks = ?, seal = ?, published = ?, paused = ? WHERE id = 1`
	writeHead = `INSERT OR REPLACE INTO audit_heads (size, signed) VALUES (?, ?)`
)

// logWriter writes to the log within one transaction: rows, seals, tree and heads exist
// together or not at all, and two processes never build on the same tree, because a
// writing transaction holds the write lock from its beginning.
type logWriter struct {
	db                   *DB
	tx                   *sql.Tx
	keys                 AuditKeys
	read, insert, update *sql.Stmt
	closing              []*sql.Stmt

	state audit.State
}

// openLog is the log as it was left, to be written within a transaction; the caller closes it.
// What it needs is prepared inside the transaction: preparing on the only writing connection
// would wait for the transaction to end.
func (db *DB) openLog(ctx context.Context, tx *sql.Tx, keys AuditKeys) (_ *logWriter, err error) {
	w := &logWriter{db: db, tx: tx, keys: keys}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{{&w.read, readTree}, {&w.insert, insertEntry}, {&w.update, writeTree}} {
		stmt, err := tx.PrepareContext(ctx, s.query)
		if err != nil {
			return nil, fmt.Errorf("opening the audit log: %w", err)
		}
		*s.into = stmt
		w.closing = append(w.closing, stmt)
	}
	return w, w.load()
}

func (w *logWriter) close() {
	for _, s := range w.closing {
		_ = s.Close() // ends with the transaction in any case
	}
}

// load reads the tree and refuses a log that is not as it was left: rows cut off, rows
// of nobody's, a tree that no key of this file has sealed, an earlier state put back under
// this process. What is appended is sealed with the rows before it: whoever may write the
// database and has no key would otherwise have their rows sealed by the next program. It runs without a context,
// because the driver starts a goroutine for each statement that has one.
func (w *logWriter) load() error {
	var found storedState
	var last int64
	err := w.read.QueryRow().Scan(append(found.targets(), &last)...)
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, ErrAltered):
		return ErrLogAltered
	case err != nil:
		return fmt.Errorf("reading the audit log: %w", err)
	case last != found.size:
		return fmt.Errorf("%w: it counts %d rows, and the last one is row %d", ErrLogAltered, found.size, last)
	}
	if err := found.prove(context.Background(), w.tx, w.keys); err != nil {
		return err
	}
	if known := w.db.knownTree.Load(); known != nil && !found.Tree.Follows(known) {
		return fmt.Errorf("%w: an earlier state of the database was put back", ErrLogAltered)
	}
	if err := w.db.find(context.Background(), w.tx, w.keys, &found); err != nil {
		return err
	}
	w.state = found.State
	return nil
}

// add writes one row of those of addAll.
func (w *logWriter) add(r *auditRow) error {
	leaf := audit.Leaf(r.encoded)
	r.seq = w.state.Tree.Size() + 1
	seal := audit.SealRow(w.keys, r.seq, leaf)
	if _, err := w.insert.Exec(r.values(seal[:])...); err != nil {
		return err
	}
	w.state.Tree.Append(leaf)
	w.state.Marks.Pass(r.seq, r.entry.Action)
	return nil
}

// values are the columns of insertEntry.
func (r *auditRow) values(seal []byte) []any {
	e := &r.entry
	var tag any
	if e.Tag != nil {
		tag = e.Tag[:]
	}
	weighs := 0
	if e.Weighs() {
		weighs = 1
	}
	return []any{r.seq, e.At.UnixMilli(), string(e.Action), string(e.Outcome), e.Purpose, weighs, tag, e.Attempt[:], r.encoded, seal}
}

// tryOut writes a row and takes it back: a commit then needs as much room on the disk as
// one whose row stays. The row is the next one, which nobody can have written meanwhile.
func (w *logWriter) tryOut() error {
	e := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.System}, Action: audit.Guess, Outcome: audit.Refused, Tag: &breach.Tag{}}
	row := auditRow{e, e.Encode(), w.state.Tree.Size() + 1}
	if _, err := w.insert.Exec(row.values(make([]byte, 32))...); err != nil {
		return err
	}
	_, err := w.tx.Exec(`DELETE FROM audit_entries WHERE seq = ?`, row.seq)
	return err
}

// finish writes the tree, and signs a head when enough rows are newer than the last one
// or when it is asked for.
func (w *logWriter) finish(sign bool) error {
	size := w.state.Tree.Size()
	if size > w.state.Head && (sign || size-w.state.Head >= headEvery) {
		h := audit.Head{Size: size, Root: w.state.Tree.Root(), At: time.Now().UTC().Truncate(time.Millisecond)}
		signed, err := h.Sign(w.keys.AuditSigner())
		if err != nil {
			return err
		}
		if err := w.keepHead(size, signed); err != nil {
			return fmt.Errorf("keeping a head of the audit log: %w", err)
		}
		w.state.Head = size
	}
	seal := w.state.Seal(w.keys)
	_, err := w.update.Exec(size, w.state.Head, w.state.Tree.Peaks(), seal[:], w.state.Marks.Published, w.state.Marks.Paused)
	return err
}

// keepHead writes a head. One that is there already was signed for a log that once was longer,
// or by nobody of ours: then it is replaced, or else no row could ever be written again.
func (w *logWriter) keepHead(size int64, signed string) error {
	var there string
	err := w.tx.QueryRow(`SELECT signed FROM audit_heads WHERE size = ?`, size).Scan(&there)
	if err == nil {
		if h, err := audit.OpenHead(there, w.keys.AuditVerifiers()...); err == nil && h.Size == size {
			return fmt.Errorf("%w: an earlier state of the database was put back", ErrLogAltered)
		}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = w.tx.Exec(writeHead, size, signed)
	return err
}

// appendEntries writes entries and a head over them.
func (w *logWriter) appendEntries(entries ...audit.Entry) error {
	rows := make([]auditRow, 0, len(entries))
	for _, e := range entries {
		if err := e.Validate(); err != nil {
			return err
		}
		rows = append(rows, auditRow{entry: e, encoded: e.Encode()})
	}
	if err := w.addAll(rows); err != nil {
		return fmt.Errorf("appending to the audit log: %w", err)
	}
	if err := w.finish(true); err != nil {
		return fmt.Errorf("appending to the audit log: %w", err)
	}
	return nil
}

// appendIn writes an entry in a transaction of the caller, so that a change and its
// audit row exist together or not at all. What operators do is signed at once.
func (r *Roster) appendIn(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	w, err := r.db.openLog(ctx, tx, r.keys)
	if err != nil {
		return err
	}
	defer w.close()
	return w.appendEntries(e)
}

// learnTree remembers a committed tree.
func (db *DB) learnTree(t audit.Tree) {
	for {
		old := db.knownTree.Load()
		if old != nil && old.Size() >= t.Size() || db.knownTree.CompareAndSwap(old, &t) {
			return
		}
	}
}
