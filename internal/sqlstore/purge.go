package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrInUse: another program has the database open.
	ErrInUse = errors.New("another program has the database open: stop the server first")
	// ErrRemains: bytes that were destroyed are still in the file.
	ErrRemains = errors.New("the file still holds bytes of rows that were destroyed")
)

// PurgeOrder says what to destroy.
type PurgeOrder struct {
	// AuditToo destroys the audit log as well; otherwise it stays whole.
	AuditToo bool
	// Shred overwrites a file and removes it.
	Shred func(path string) error
}

// Purged is what was done, and what of it was looked at.
type Purged struct {
	Rows     []Held // that were destroyed, by table; none of tables that were empty
	Kept     int64  // rows of the audit log
	Samples  int    // values of destroyed rows that were looked for
	Stale    int    // of them, found in pages that stay, until these were rewritten
	Remains  int    // of them, found in the end: ErrRemains
	Searched int64  // bytes of the database file, before and after it was shortened
	// Altered are tables of the log that stay and are not as the migrations make them: what may
	// stand in their columns, or in their text, is nobody's to tell. ErrRemains.
	Altered []string
}

// InUse returns ErrInUse while any other program on this machine has the database open. A
// program on another machine, or one with a copy of the file, is not seen.
func InUse(ctx context.Context, database string) error {
	db, err := openAlone(ctx, database)
	if err != nil {
		return err
	}
	return db.Close()
}

// dsnAlone is dsn for a purge: it does not wait for whoever has the database open, keeps
// everybody out, and zeroes what it frees.
func dsnAlone(path string) string {
	q := url.Values{"mode": {"rw"}, "_dqs": {"0"}, "_txlock": {"immediate"}, "_pragma": {
		string(lenient), "busy_timeout(200)", "locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(0)", "trusted_schema(0)", "secure_delete(1)",
	}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// openAlone opens the database with one connection that nobody can be beside: whoever has
// a database in WAL mode open holds a lock on the file, and this asks for all of it.
func openAlone(ctx context.Context, database string) (*sql.DB, error) {
	path, err := pathOf(database)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db, err := sql.Open("sqlite", dsnAlone(path))
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		err = tx.Commit()
	}
	if code := new(sqlite.Error); errors.As(err, &code) && code.Code()&0xff == sqlite3.SQLITE_BUSY {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database for nobody else: %w", err), db.Close())
	}
	return db, nil
}

// Purge destroys all rows but those of the audit log, whatever table they are in, and their
// bytes; what is not of the schema (DB.Foreign) as well. They are overwritten
// with zeros where they stand, the file is rewritten and shortened, the write-ahead log is
// shredded, and values of destroyed rows are looked for in what is left. It refuses while
// another program has the database open, needs no keys, and may be repeated after a kill
// at any moment. Of a file that is Damaged it may destroy nothing: DestroyFile does.
func Purge(ctx context.Context, database string, o PurgeOrder) (Purged, error) {
	path, err := pathOf(database)
	if err != nil {
		return Purged{}, err
	}
	p := purging{database: database, path: path, order: o}
	// Twice: what the second step cuts off the file must have been overwritten, and looked
	// at, before. Between them nobody holds the file, because a descriptor that is closed
	// gives away all locks of this process.
	err = p.alone(ctx, p.empty)
	if err == nil {
		p.done.Stale, err = p.search()
	}
	if err == nil {
		err = p.alone(ctx, p.shorten)
	}
	if err != nil {
		return p.done, fmt.Errorf("destroying the rows: %w", err)
	}
	switch left, err := p.search(); {
	case err != nil:
		return p.done, fmt.Errorf("destroying the rows: %w", err)
	case left > 0:
		p.done.Remains = left
		return p.done, fmt.Errorf("destroying the rows: %w: %d of %d values", ErrRemains, left, p.done.Samples)
	case len(p.done.Altered) > 0:
		return p.done, fmt.Errorf("destroying the rows: %w, or may do so: of the audit log, which stays, %s is not as this program makes it. Keep a copy of it as evidence, and destroy it as well with --audit-too",
			ErrRemains, strings.Join(p.done.Altered, ", "))
	}
	return p.done, nil
}

// purging is one Purge.
type purging struct {
	database, path string
	order          PurgeOrder
	db             *sql.DB // open during a step
	fresh          objects // as the migrations make it
	samples        [][]byte
	done           Purged
}

// alone runs a step while nobody else has the database open, and brings all of it into the
// database file.
func (p *purging) alone(ctx context.Context, step func(context.Context) error) (err error) {
	if p.db, err = openAlone(ctx, p.database); err != nil {
		return err
	}
	err = step(ctx)
	if err == nil {
		err = p.checkpoint(ctx)
	}
	if err != nil { // the log may hold what the file does not: it is shredded by the next run
		return errors.Join(err, p.db.Close())
	}
	return p.closeLog()
}

// empty deletes every row.
func (p *purging) empty(ctx context.Context) error {
	var err error
	if p.fresh, err = freshSchema(ctx); err != nil {
		return err
	}
	if p.done.Rows, err = holdings(ctx, p.db, p.order.AuditToo); err != nil {
		return err
	}
	if err := p.sample(ctx); err != nil {
		return err
	}
	return p.deleteAll(ctx)
}

// shorten rewrites the file without the pages that became free.
func (p *purging) shorten(ctx context.Context) error {
	if _, err := p.db.ExecContext(ctx, `VACUUM`); err != nil {
		return err
	}
	left, err := holdings(ctx, p.db, p.order.AuditToo)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("%w, and rows: %v", ErrRemains, left)
	}
	tables, err := purgeable(ctx, p.db, true)
	if err != nil || !slices.Contains(tables, "audit_entries") {
		return err
	}
	kept, err := column[int64](ctx, p.db, `SELECT count(*) FROM audit_entries`)
	if err != nil {
		return err
	}
	p.done.Kept = kept[0]
	return nil
}

// deleteAll drops in one transaction, in which the pages that become free are zeroed
// (secure_delete), and makes the schema anew.
func (p *purging) deleteAll(ctx context.Context) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := p.dropAll(ctx, tx); err != nil {
		return err
	}
	if err := p.makeAnew(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// checkpoint writes everything into the database file and waits for the disk.
func (p *purging) checkpoint(ctx context.Context) error {
	var busy, log, done int64
	if err := p.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(FULL)`).Scan(&busy, &log, &done); err != nil {
		return err
	}
	if busy != 0 || log != done {
		return ErrInUse
	}
	return nil
}

// closeLog gives the write-ahead log a second name, so that it can be overwritten after
// SQLite has let go of it and removed the first.
func (p *purging) closeLog() error {
	log, aside := p.path+"-wal", p.path+"-wal.purge"
	err := shredIfThere(p.order.Shred, aside) // of a purge that was killed
	if err == nil {
		err = os.Link(log, aside)
	}
	if err = errors.Join(err, p.db.Close()); err != nil {
		return err
	}
	return shredIfThere(p.order.Shred, aside, log, p.path+"-shm", p.path+"-journal")
}
