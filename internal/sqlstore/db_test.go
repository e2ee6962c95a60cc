package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"exposure/internal/sqlstore"
)

// TestPragmasOnEveryConnection: a setting made on one connection of a pool would be
// missing on the others.
func TestPragmasOnEveryConnection(t *testing.T) {
	s := newStore(t)
	write, read := sqlstore.Pools(s.DB)
	read.SetMaxOpenConns(5)
	shared := map[string]string{"busy_timeout": "5000", "foreign_keys": "1", "journal_mode": "wal", "synchronous": "2", "trusted_schema": "0"}
	for _, c := range []struct {
		name        string
		pool        *sql.DB
		connections int
		queryOnly   string
	}{{"writer", write, 1, "0"}, {"readers", read, 5, "1"}} {
		var open []*sql.Conn
		for range c.connections { // all at once, so that each is a connection of its own
			conn, err := c.pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, conn)
		}
		for i, conn := range open {
			want := map[string]string{"query_only": c.queryOnly}
			for k, v := range shared {
				want[k] = v
			}
			for pragma, value := range want {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
					t.Errorf("%s, connection %d: %s = %q, %v; want %q", c.name, i+1, pragma, got, err, value)
				}
			}
			conn.Close()
		}
	}
	if got := write.Stats().MaxOpenConnections; got != 1 {
		t.Errorf("the writer may open %d connections, want 1", got)
	}
	if _, err := read.ExecContext(t.Context(), `DELETE FROM audit_entries`); err == nil {
		t.Error("a reader wrote")
	}
}

// TestWriterLocksAtOnce: a write transaction that starts as a reader fails half-way when
// somebody else writes in between.
func TestWriterLocksAtOnce(t *testing.T) {
	s := newStore(t)
	write, _ := sqlstore.Pools(s.DB)
	tx, err := write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	other := s.raw(t)
	if _, err := other.ExecContext(t.Context(), `PRAGMA busy_timeout = 0`); err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err == nil {
		t.Error("two write transactions at a time")
	}
}

func TestSchemaIsNeverMadeByAccident(t *testing.T) {
	dir := t.TempDir()
	url := func(name string) string { return "sqlite:" + filepath.Join(dir, name) }
	mustBeRefused := func(name string) {
		t.Helper()
		db, err := sqlstore.Open(t.Context(), url(name))
		if !errors.Is(err, sqlstore.ErrSchema) {
			t.Errorf("%s: Open = %v, %v; want ErrSchema", name, db, err)
		}
	}
	mustBeRefused("none.db")
	if _, err := os.Stat(filepath.Join(dir, "none.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("Open created a database")
	}
	if err := os.WriteFile(filepath.Join(dir, "empty.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustBeRefused("empty.db")
	if err := sqlstore.Migrate(t.Context(), url("newer.db")); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", filepath.Join(dir, "newer.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if err := run(raw, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if db, err := sqlstore.Open(t.Context(), url("newer.db")); !errors.Is(err, sqlstore.ErrNewerSchema) {
		t.Errorf("Open of a newer schema = %v, %v; want ErrNewerSchema", db, err)
	}
	if err := sqlstore.Migrate(t.Context(), url("newer.db")); !errors.Is(err, sqlstore.ErrNewerSchema) {
		t.Errorf("Migrate of a newer schema = %v, want ErrNewerSchema", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := sqlstore.Open(t.Context(), url("text.db")); err == nil {
		t.Error("a text file was opened", db.Close())
	}
}

func TestMigrate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c%41#d") // what an URL would take apart
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "exposure.db")
	for range 2 { // repeating it is safe
		if err := sqlstore.Migrate(t.Context(), "sqlite:"+path); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestDatabaseURL(t *testing.T) {
	for _, url := range []string{
		"", "sqlite:", "exposure.db", "sqlite::memory:", "sqlite://exposure.db", "mysql://x", "postgres://user:canary@host/db",
	} {
		for name, f := range map[string]func(context.Context, string) error{
			"Migrate": sqlstore.Migrate,
			"Open":    func(ctx context.Context, url string) error { _, err := sqlstore.Open(ctx, url); return err },
		} {
			if err := f(t.Context(), url); !errors.Is(err, sqlstore.ErrURL) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s(%q) = %v; want ErrURL without the password", name, url, err)
			}
		}
	}
}

// TestSchemaVersionIsTheLastMigration keeps the number beside the files honest.
func TestSchemaVersionIsTheLastMigration(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations, %v", err)
	}
	if last := filepath.Base(files[len(files)-1]); !strings.HasPrefix(last, fmt.Sprintf("%05d_", sqlstore.SchemaVersion)) {
		t.Errorf("the last migration is %s; the schema is said to be %d", last, sqlstore.SchemaVersion)
	}
}

// TestLibcIsTheOneSQLiteWants: the translated SQLite works with exactly one version of
// its libc, and module resolution may raise it silently.
func TestLibcIsTheOneSQLiteWants(t *testing.T) {
	list := func(format, module string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatalf("go list -m %s: %v", module, err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(mod)
	if want == nil {
		t.Fatal("modernc.org/sqlite names no libc")
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != string(want[1]) {
		t.Errorf("modernc.org/libc is %s, modernc.org/sqlite wants %s", got, want[1])
	}
}
