package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"exposure/internal/audit"
)

var (
	// ErrMoved: an open file of the database is no longer the one at its path.
	ErrMoved = errors.New("a file of the database was replaced or deleted under a running program: stop it, put the file that holds the audit log in place, start again")
	// ErrUnsealed: rows of the audit log were written by a program that sealed none, or by none
	// of ours.
	ErrUnsealed = errors.New("the audit log of this database is older than sealing, or was made to look so, and nobody can prove what it says: keep the file as evidence, and begin with a new database")
	// ErrURL means that a database URL is not understood.
	ErrURL = errors.New("database URL is not understood, wanted sqlite:PATH")
)

//go:embed migrations/*.sql
var migrations embed.FS

// busyTimeout is how long a connection waits for another process's write lock, in
// milliseconds. An import commits at most stagingRows rows at a time, which takes a
// small part of it.
const busyTimeout = "5000"

// suffixes of the files that a database consists of while it is open. What is committed
// is in the journal until it is moved; the index of that holds the locks by which programs
// keep out of each other's way. Both stay as long as one connection is open.
var suffixes = [...]string{"", "-wal", "-shm"}

// DB is an open database: one connection that writes and a pool that only reads.
type DB struct {
	write *sql.DB
	read  *sql.DB

	path    string
	files   [len(suffixes)]os.FileInfo // of path and suffix when it was opened
	folder  string
	settled atomic.Pointer[os.FileInfo] // the folder, when the files were last seen in place
	states  epochs
	recent  recent

	auditOnce sync.Once
	audit     *Audit
	knownTree atomic.Pointer[audit.Tree]    // of the log, as this process last left it
	walked    atomic.Pointer[walked]        // of a log that keeps no marks yet
	newest    atomic.Pointer[newestVersion] // as a row of the log says, which was proven
}

// Open opens the database at a URL of the form sqlite:PATH. It creates nothing and
// returns ErrSchema, ErrNewerSchema or ErrSchemaEdited unless the schema is the one of this
// program.
func Open(ctx context.Context, url string) (*DB, error) {
	return openAnd(ctx, url, strict, (*DB).checkSchema)
}

// OpenToPurge is Open whatever schema the database says that it has, which whoever may write it
// can bring about: unlike is then what Open refuses it with.
func OpenToPurge(ctx context.Context, url string) (db *DB, unlike, err error) {
	db, err = openAnd(ctx, url, lenient, func(db *DB, ctx context.Context) error {
		err := db.checkSchema(ctx)
		if errors.Is(err, ErrSchema) || errors.Is(err, ErrNewerSchema) || errors.Is(err, ErrSchemaEdited) {
			unlike, err = err, nil
		}
		return err
	})
	return db, unlike, err
}

func openAnd(ctx context.Context, url string, s schemaReading, check func(*DB, context.Context) error) (*DB, error) {
	path, err := pathOf(url)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s", ErrNoDatabase, path)
	}
	db := &DB{}
	if db.write, err = sql.Open("sqlite", dsn(path, writing, s)); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", dsn(path, reading, s)); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database: %w", err), db.Close())
	}
	// Reading is bound by the processor. A few more connections than cores let a full
	// check run beside look-ups.
	readers := max(4, runtime.GOMAXPROCS(0)+2)
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	if err := check(db, ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.path, db.folder = path, filepath.Dir(path)
	for i, suffix := range suffixes {
		if db.files[i], err = os.Stat(path + suffix); err != nil {
			return nil, errors.Join(fmt.Errorf("opening the database: %w", err), db.Close())
		}
	}
	return db, nil
}

// inPlace refuses to go on with a file that was deleted or replaced while it was open:
// what is written to it would be gone with this process, guesses included.
func (db *DB) inPlace() error {
	for i, suffix := range suffixes {
		now, err := os.Stat(db.path + suffix)
		if err != nil || !os.SameFile(now, db.files[i]) {
			return ErrMoved
		}
	}
	return nil
}

// inPlaceUnread is inPlace for whoever only reads.
func (db *DB) inPlaceUnread() error { return unread(db.inPlace()) }

// inSnapshot runs reads that belong together.
func (db *DB) inSnapshot(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unread(err)
	}
	defer tx.Rollback()
	return f(tx)
}

// Close ends the audit log after it has written what was handed to it, then the
// connections.
func (db *DB) Close() error {
	var errs []error
	db.auditOnce.Do(func() {}) // no audit log may start any more
	if db.audit != nil {
		errs = append(errs, db.audit.Close())
	}
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	errs = append(errs, db.closeIndex())
	return errors.Join(errs...)
}

// Migrate creates the database if needed, readable by its owner only, and brings its
// schema to the one of this program. Errors: ErrNewerSchema, ErrSchemaEdited, ErrUnsealed, or
// the database's.
func Migrate(ctx context.Context, url string) (err error) {
	path, err := pathOf(url)
	if err != nil {
		return err
	}
	if err := create(path); err != nil {
		return fmt.Errorf("creating the database: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path, writing, strict))
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := migrator(db)
	if err != nil {
		return err
	}
	if err := schemaEdited(ctx, db); err != nil {
		return err
	}
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	if at > schemaVersion {
		return newer(at)
	}
	if err := refuseUnsealed(ctx, db, at); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, scripts,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

// create makes an empty file for its owner only. It must not touch a file that
// exists: closing a descriptor of an open database drops the locks of this process.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// pathOf takes the path out of a database URL. The URL is never part of an error,
// because one for a server may hold a password.
func pathOf(url string) (string, error) {
	scheme, path, _ := strings.Cut(url, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return "", fmt.Errorf("%w: PostgreSQL is not supported yet", ErrURL)
	case scheme != "sqlite" || path == "":
		return "", ErrURL
	case strings.HasPrefix(path, ":") || strings.HasPrefix(path, "//"):
		return "", fmt.Errorf("%w: the path follows the colon directly, and it is a file", ErrURL)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%w: its path cannot be made absolute", ErrURL)
	}
	return abs, nil
}

// schemaReading is how a connection reads the schema. A lenient one leaves out what cannot be
// read, or is named otherwise than in its text; a strict one then reads nothing. It is quoted
// because the driver makes settings in the order of their letters, and the next one may read
// the schema.
type schemaReading string

const (
	strict  schemaReading = `"writable_schema"(0)`
	lenient schemaReading = `"writable_schema"(1)`
)

// access says what a connection is for.
type access bool

const (
	reading access = false
	writing access = true
)

// dsn puts every setting into the name, so that each connection of a pool has it.
// mode=rw: a missing file is an error, not a new database. Writers take the write
// lock when they begin: upgrading a read lock half-way fails under load.
func dsn(path string, a access, s schemaReading) string {
	q := url.Values{"mode": {"rw"}, "_dqs": {"0"}, "_txlock": {"deferred"}}
	q["_pragma"] = []string{string(s), "busy_timeout(" + busyTimeout + ")", "foreign_keys(1)", "trusted_schema(0)"}
	if a == writing {
		q["_txlock"] = []string{"immediate"}
		q["_pragma"] = append(q["_pragma"], "journal_mode(WAL)", "synchronous(FULL)")
	} else {
		q["_pragma"] = append(q["_pragma"], "query_only(1)", "cache_size(-4000)", "synchronous(FULL)")
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}
