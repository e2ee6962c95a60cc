package reset_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"exposure/internal/reset"
)

// liteShop is a shop whose database is a file: as small as a shop can be, and real. What
// its customers do is done behind the connector's back.
type liteShop struct {
	db    *sql.DB
	print reset.Fingerprint

	away     atomic.Bool           // its database is out of reach
	findings []reset.Finding       //
	before   func(id string) error // each Blank
}

func openShop(t testing.TB, dir string, print reset.Fingerprint) *liteShop {
	t.Helper()
	s, err := newLiteShop(dir, print)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close() })
	return s
}

func newLiteShop(dir string, print reset.Fingerprint) (*liteShop, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "shop.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(0)&_txlock=immediate")
	if err == nil {
		_, err = db.Exec(`CREATE TABLE IF NOT EXISTS customer (id TEXT PRIMARY KEY, live INTEGER NOT NULL DEFAULT 1, password TEXT NOT NULL, blanked INTEGER NOT NULL DEFAULT 0);
			CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, customer TEXT NOT NULL)`)
	}
	return &liteShop{db: db, print: print}, err
}

func (s *liteShop) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := s.db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// joins makes customers who are logged in once.
func (s *liteShop) joins(t testing.TB, password string, ids ...string) {
	t.Helper()
	tx, err := s.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		_, err1 := tx.Exec(`INSERT INTO customer (id, password) VALUES (?, ?)`, id, password)
		_, err2 := tx.Exec(`INSERT INTO session (customer) VALUES (?)`, id)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func (s *liteShop) sets(t testing.TB, id, password string) {
	s.exec(t, `UPDATE customer SET password = ? WHERE id = ?`, password, id)
}

func (s *liteShop) logsIn(t testing.TB, id string) {
	s.exec(t, `INSERT INTO session (customer) VALUES (?)`, id)
}

// counts how many there are.
func (s *liteShop) counts(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := s.db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *liteShop) password(t testing.TB, id string) (p string) {
	t.Helper()
	if err := s.db.QueryRow(`SELECT password FROM customer WHERE id = ?`, id).Scan(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *liteShop) trouble() error {
	if s.away.Load() {
		return fmt.Errorf("the shop's database: %w", reset.ErrShopUnavailable)
	}
	return nil
}

// Check implements reset.Connector.
func (s *liteShop) Check(context.Context) []reset.Finding { return s.findings }

// Read implements reset.Connector.
func (s *liteShop) Read(ctx context.Context, ids []string) ([]reset.Held, error) {
	if err := s.trouble(); err != nil {
		return nil, err
	}
	all := make([]reset.Held, len(ids))
	for i, id := range ids {
		h := reset.Held{MemberID: id}
		var hash string
		err := s.db.QueryRowContext(ctx, `SELECT live, password FROM customer WHERE id = ?`, id).Scan(&h.Live, &hash)
		if h.Found = err == nil; err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if h.Blank = hash == ""; h.Found && !h.Blank {
			h.Fingerprint = s.print(id, []byte(hash))
		}
		all[i] = h
	}
	return all, nil
}

// Blank implements reset.Connector.
func (s *liteShop) Blank(ctx context.Context, id string, was []byte) error {
	if err := s.trouble(); err != nil {
		return err
	}
	if s.before != nil {
		if err := s.before(id); err != nil {
			return err
		}
	}
	held, err := s.Read(ctx, []string{id})
	if err != nil || !held[0].Found || held[0].Blank {
		return err
	}
	if string(held[0].Fingerprint) != string(was) {
		return reset.ErrPasswordMoved
	}
	_, err = s.db.ExecContext(ctx, `UPDATE customer SET password = '', blanked = blanked + 1 WHERE id = ? AND password <> ''`, id)
	return err
}

// EndSessions implements reset.Connector.
func (s *liteShop) EndSessions(ctx context.Context, ids []string) error {
	if err := s.trouble(); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := s.db.ExecContext(ctx, `DELETE FROM session WHERE customer = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// numbered are so many member ids.
func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	return ids
}
