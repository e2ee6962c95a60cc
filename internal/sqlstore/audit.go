package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"exposure/internal/audit"
)

// ErrClosed means that the audit log takes no more entries.
var ErrClosed = errors.New("the audit log is closed")

const (
	// maxBatch bounds the appends of one commit: enough that waiting for the disk is
	// shared by everybody who waits, few enough that nobody waits long for others' rows.
	maxBatch = 256
	// maxQueue bounds the appends that wait. Beyond it Append itself waits, until its
	// context ends.
	maxQueue = 1024
	// commitWithin bounds one commit. It is longer than busyTimeout, so that a commit
	// behind another process's import fails with that reason.
	commitWithin = 10 * time.Second
)

// Audit is the audit log of a database: a Merkle log whose heads are signed. Entries of
// concurrent appends are committed together (group commit), with what proves them. Safe
// for concurrent use.
type Audit struct {
	db                   *DB
	keys                 AuditKeys
	read, insert, update lazyStmt
	past, failures, size lazyStmt
	queue                chan *waiting
	done                 chan struct{}
	last                 error        // of the last head; read once done is closed
	good                 atomic.Bool  // the last commit went well
	own                  atomic.Int64 // rows that were committed here

	mu     sync.RWMutex // held for reading while sending, so that nothing is sent after Close
	closed bool
}

// waiting is one call of Append, of Sign, or of Ready.
type waiting struct {
	rows    []auditRow
	sign    bool
	probe   bool
	refused error      // its rows alone were left out of the commit: ErrOutdated
	result  chan error // buffered: the writer never waits for a caller that left
}

// auditRow is an entry with its encoding, and its number once it is written.
type auditRow struct {
	entry   audit.Entry
	encoded []byte
	seq     int64
}

// Audit returns the audit log, sealed and signed under the keys. There is one for a
// database, with the keys that were given first; it ends with DB.Close.
func (db *DB) Audit(keys AuditKeys) *Audit {
	db.auditOnce.Do(func() {
		db.audit = &Audit{db: db, keys: keys, queue: make(chan *waiting, maxQueue), done: make(chan struct{})}
		go db.audit.run()
	})
	if db.audit == nil { // the database was closed before
		return &Audit{db: db, closed: true}
	}
	return db.audit
}

// Append writes entries, all or none, and returns nil only after the commit that holds
// them is on the disk. On any error the caller must act as if they were not written;
// after the end of ctx they may yet be written, because the commit may be under way.
//
// Errors: ErrOutdated, by which only these are refused and not what is committed with them.
func (a *Audit) Append(ctx context.Context, entries ...audit.Entry) error {
	return a.append(ctx, &waiting{result: make(chan error, 1)}, entries)
}

// AppendSigned is Append with a head over the entries in the same commit: both are there, or
// neither.
func (a *Audit) AppendSigned(ctx context.Context, entries ...audit.Entry) error {
	return a.append(ctx, &waiting{sign: true, result: make(chan error, 1)}, entries)
}

func (a *Audit) append(ctx context.Context, w *waiting, entries []audit.Entry) error {
	for _, e := range entries {
		if err := e.Validate(); err != nil {
			return err
		}
		w.rows = append(w.rows, auditRow{entry: e, encoded: e.Encode()})
	}
	return a.submit(ctx, w, "appending to")
}

// Ready tells whether rows can be written now. While the last commit went well it is enough
// that nobody else has sealed the log since, as a program with newer keys does, and that its
// end is there; otherwise a row is written and taken back in one commit.
func (a *Audit) Ready(ctx context.Context) error {
	if a.good.Load() {
		if _, _, err := a.db.sealedState(ctx, a.keys); err != nil {
			return err
		}
		return logEnds(ctx, a.db.read)
	}
	return a.submit(ctx, &waiting{probe: true, result: make(chan error, 1)}, "writing to")
}

// submit hands w to the writer and returns when it is on the disk.
func (a *Audit) submit(ctx context.Context, w *waiting, doing string) error {
	if err := a.send(ctx, w); err != nil {
		return fmt.Errorf("%s the audit log: %w", doing, err)
	}
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the audit log: %w", context.Cause(ctx))
	}
}

func (a *Audit) send(ctx context.Context, w *waiting) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case a.queue <- w:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close refuses new entries, writes those that wait, signs a head over what this process
// wrote, and returns when that is done. It may be called more than once.
func (a *Audit) Close() error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		if a.queue != nil {
			close(a.queue)
		}
	}
	a.mu.Unlock()
	if a.done == nil {
		return nil
	}
	<-a.done
	return a.last
}

// run commits what waits until the queue is closed and empty.
func (a *Audit) run() {
	defer close(a.done)
	wrote := false
	for w := range a.queue {
		runtime.Gosched() // whoever has rows ready by now shares this commit
		batch := a.collect(w)
		err := a.commit(batch)
		a.good.Store(err == nil)
		wrote = wrote || err == nil
		for _, w := range batch {
			w.result <- cmp.Or(err, w.refused)
		}
	}
	if wrote {
		a.last = a.commit([]*waiting{{sign: true}})
	}
}

// collect takes whatever else waits already. It never waits for more: while one batch
// is written the next one gathers by itself.
func (a *Audit) collect(first *waiting) []*waiting {
	batch := []*waiting{first}
	for len(batch) < maxBatch {
		select {
		case w, ok := <-a.queue:
			if !ok {
				return batch
			}
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch in one transaction. The rows are written without a context,
// because the driver starts a goroutine for each statement that has one; the wait for
// another process is bounded by the busy timeout.
func (a *Audit) commit(batch []*waiting) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitWithin)
	defer cancel()
	defer func() {
		if err != nil {
			err = fmt.Errorf("committing to the audit log: %w", err)
		}
	}()
	if err := a.db.inPlace(); err != nil {
		return err
	}
	w := &logWriter{db: a.db, keys: a.keys}
	if err := a.prepare(ctx, w); err != nil {
		return err
	}
	if w.tx, err = a.db.write.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer w.tx.Rollback()
	a.db.begins()
	committed := false
	defer func() { a.db.ends(committed) }()
	w.read, w.insert, w.update = w.tx.Stmt(w.read), w.tx.Stmt(w.insert), w.tx.Stmt(w.update)
	if err := w.write(batch); err != nil {
		return err
	}
	if err := w.tx.Commit(); err != nil {
		return err
	}
	committed = true
	a.db.learnTree(w.state.Tree)
	for _, b := range batch {
		if b.refused != nil {
			continue
		}
		a.db.recent.add(b.rows)
		a.own.Add(int64(len(b.rows)))
	}
	return nil
}

// prepare finds the statements, prepared once and kept.
func (a *Audit) prepare(ctx context.Context, w *logWriter) (err error) {
	for _, s := range []struct {
		into  **sql.Stmt
		lazy  *lazyStmt
		query string
	}{{&w.read, &a.read, readTree}, {&w.insert, &a.insert, insertEntry}, {&w.update, &a.update, writeTree}} {
		if *s.into, err = s.lazy.prepare(ctx, a.db.write, s.query); err != nil {
			return err
		}
	}
	return nil
}

// write writes a batch without what is refused, the tree and, when it is time, a head.
func (w *logWriter) write(batch []*waiting) error {
	if err := w.load(); err != nil {
		return err
	}
	rows, sign, probe := 0, false, false
	for _, b := range batch {
		err := w.addAll(b.rows)
		if errors.Is(err, ErrOutdated) {
			b.refused = fmt.Errorf("appending to the audit log: %w", err)
			continue
		}
		if err != nil {
			return err
		}
		rows += len(b.rows)
		sign, probe = sign || b.sign, probe || b.probe
	}
	if probe && rows == 0 {
		if err := w.tryOut(); err != nil {
			return err
		}
	} else if rows == 0 && (!sign || w.state.Head == w.state.Tree.Size()) {
		return nil // all were refused, or the newest head covers everything
	}
	return w.finish(sign)
}
