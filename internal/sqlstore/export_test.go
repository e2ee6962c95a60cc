package sqlstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// The statements of the hot path, so that a test can ask for their plans.
var (
	GuardSQL    = guardSQL
	AnswerSQL   = answerSQL
	StandingSQL = standingSQL
	PastSQL     = pastSQL
	EarlierSQL  = earlierSQL
	PausedSQL   = pausedSQL
	FailuresSQL = failuresSQL

	ClientMarkSQL = clientMarkSQL
	RowSQL        = rowSQL
)

// DSN is the name under which connections are opened.
func DSN(path string, write bool) string { return dsn(path, access(write), strict) }

// Pools gives access to the connections.
func Pools(db *DB) (write, read *sql.DB) { return db.write, db.read }

// SchemaVersion is the number of the last migration.
const SchemaVersion = schemaVersion

// CountStatements replaces the readers of a database by ones that count what they run.
// It must come before the first read.
func CountStatements(db *DB, name string) *atomic.Int64 {
	var n atomic.Int64
	_ = db.read.Close()
	db.read = sql.OpenDB(counting{db.write.Driver(), name, &n})
	return &n
}

type counting struct {
	driver driver.Driver
	name   string
	n      *atomic.Int64
}

func (c counting) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	return countingConn{conn, c.n}, err
}

func (c counting) Driver() driver.Driver { return c.driver }

// countingConn hides everything a connection can do but preparing and transactions, so
// that all statements pass through it.
type countingConn struct {
	driver.Conn
	n *atomic.Int64
}

func (c countingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c countingConn) Prepare(query string) (driver.Stmt, error) {
	s, err := c.Conn.Prepare(query)
	return countingStmt{s, c.n}, err
}

type countingStmt struct {
	driver.Stmt
	n *atomic.Int64
}

func (s countingStmt) Query(args []driver.Value) (driver.Rows, error) {
	s.n.Add(1)
	//lint:ignore SA1019 what database/sql falls back to, and all statements must pass through here
	return s.Stmt.Query(args)
}

func (s countingStmt) Exec(args []driver.Value) (driver.Result, error) {
	s.n.Add(1)
	//lint:ignore SA1019 as above
	return s.Stmt.Exec(args)
}

// Busy tells whether another process held the write lock for too long.
func Busy(err error) bool {
	code := new(sqlite.Error)
	return errors.As(err, &code) && code.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Settled tells whether the folder of a database, as it changed then, is watched instead of
// its files.
func Settled(db *DB, changed time.Time) bool {
	folder := db.settled.Load()
	return folder != nil && (*folder).ModTime().Equal(changed)
}

// Recount is whoever has the keys and writes another number of people into a version, and
// what depends on that into the publications under one key.
func Recount(ctx context.Context, r *Roster, version, people int64) error {
	v, err := r.load(ctx, r.db.write, version)
	if err != nil {
		return err
	}
	v.Persons = people
	v.mac = v.authenticate(v.key)
	_, err = r.db.write.ExecContext(ctx, `UPDATE roster_versions SET person_count = ?, mac = ? WHERE id = ?`, people, v.mac[:], version)
	if err != nil {
		return err
	}
	return republished(ctx, r, v)
}

func second(_ sql.Result, err error) error { return err }

// AnswerMeanwhile is Answer, while something else happens: after the guard was found to be
// current, and before the answer is read.
func AnswerMeanwhile(ctx context.Context, r *Roster, tags breach.Tags, meanwhile func()) (version int64, err error) {
	asked := func(g *guard) ([]any, error) {
		meanwhile()
		tag, err := tagUnder(tags, &g.version)
		return []any{tag[:]}, err
	}
	g, err := r.read(ctx, question{stmtAnswer, stmtRow}, asked, func(rows *sql.Rows, guard ...any) error {
		var row sql.RawBytes
		return rows.Scan(append(guard, &row)...)
	})
	if err != nil {
		return 0, err
	}
	return g.version.ID, nil
}

// Unwatch is whoever has the keys and makes a list of a version, and whatever depends on it,
// without its sentinel.
func Unwatch(ctx context.Context, r *Roster, version int64) error {
	v, err := r.load(ctx, r.db.write, version)
	if err != nil {
		return err
	}
	sentinel := sentinelTag(v.key, version)
	all, err := column[[]byte](ctx, r.db.write, `SELECT CAST(tag || next || mac || answer AS BLOB) FROM roster_tags WHERE version = `+strconv.FormatInt(version, 10)+` ORDER BY tag`)
	if err != nil {
		return err
	}
	root, errs := sha256.New(), []error{second(r.db.write.ExecContext(ctx, `DELETE FROM roster_tags WHERE version = ? AND tag = ?`, version, sentinel[:]))}
	for i := range all {
		row, _ := splitRow(all[i])
		if row.tag == sentinel {
			continue
		}
		root.Write(row.tag[:])
		if row.next == sentinel {
			after, _ := splitRow(all[i+1])
			row.next = after.next
			row.mac = row.authenticate(v.key, version, v.salt[:])
			errs = append(errs, second(r.db.write.ExecContext(ctx, `UPDATE roster_tags SET next = ?, mac = ? WHERE version = ? AND tag = ?`, row.next[:], row.mac[:], version, row.tag[:])))
		}
	}
	v.Tags--
	copy(v.tagRoot[:], root.Sum(nil))
	v.mac = v.authenticate(v.key)
	errs = append(errs, second(r.db.write.ExecContext(ctx, `UPDATE roster_versions SET tag_count = ?, tag_root = ?, mac = ? WHERE id = ?`, v.Tags, v.tagRoot[:], v.mac[:], version)))
	return errors.Join(append(errs, republished(ctx, r, v))...)
}

// republished writes into the publication of a version that was changed what depends on that.
func republished(ctx context.Context, r *Roster, v *versionRow) error {
	var p publicationRow
	err := r.db.write.QueryRowContext(ctx, `SELECT `+publicationColumns+` FROM publications AS p WHERE version = ?`, v.ID).Scan(p.targets()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	mac := p.authenticate(v, elsewhere{})
	return errors.Join(err, second(r.db.write.ExecContext(ctx, `UPDATE publications SET mac = ? WHERE seq = ?`, mac[:], p.seq)))
}

// AppendTogether appends each of several in one commit, as they are when they gather behind one
// that waits for the disk.
func AppendTogether(a *Audit, each ...[]audit.Entry) []error {
	batch, results := make([]*waiting, len(each)), make([]error, len(each))
	for n, entries := range each {
		batch[n] = &waiting{}
		for _, e := range entries {
			batch[n].rows = append(batch[n].rows, auditRow{entry: e, encoded: e.Encode()})
		}
	}
	err := a.commit(batch)
	for n, w := range batch {
		results[n] = cmp.Or(err, w.refused)
	}
	return results
}
