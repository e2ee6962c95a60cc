package host_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"exposure/internal/kit/eccube2/host"
	"exposure/internal/live"
)

// rig is a shop with one member, and its database.
type rig struct {
	*host.Shop
	t     *testing.T
	db    *sql.DB
	quiet bool // PHP is to say nothing
}

const (
	address  = "hanako@example.com"
	password = "her-old-password"
)

// everyShop runs a test on both databases and with the ways of both ends of the range.
func everyShop(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("postgres", func(t *testing.T) {
		server := live.NewPostgres(t)
		for _, version := range []string{"2.25.0", "2.12.6"} {
			t.Run(version, func(t *testing.T) {
				shop := host.Start(t, host.Options{Version: version, Server: server, Postgres: true})
				test(t, newRig(t, shop, "pgx", server.PostgresAdmin(shop.Database)+"&default_query_exec_mode=simple_protocol"))
			})
		}
	})
	t.Run("mariadb", func(t *testing.T) {
		server := live.NewMariaDB(t)
		for _, version := range []string{"2.25.0", "2.12.6"} {
			t.Run(version, func(t *testing.T) {
				shop := host.Start(t, host.Options{Version: version, Server: server})
				test(t, newRig(t, shop, "mysql", fmt.Sprintf("root@unix(%s)/%s", server.MariaDBSocket(), shop.Database)))
			})
		}
	})
}

func newRig(t *testing.T, shop *host.Shop, driver, dsn string) *rig {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r := &rig{Shop: shop, t: t, db: db, quiet: true}
	r.do(`INSERT INTO dtb_customer (customer_id, name01, name02, email, password, reminder, reminder_answer, salt, secret_key, status)
		VALUES (7, '山田', '花子', '` + address + `', '` + hash(password, "saltsalt10") + `', 1, '` + hash("すずき", "saltsalt10") + `', 'saltsalt10', 'key7', 2)`)
	t.Cleanup(func() {
		if !r.quiet {
			return
		}
		if notices := r.Log("error.log"); notices != "" && !t.Failed() {
			t.Errorf("PHP complained: %s", notices)
		}
	})
	return r
}

// hash is EC-CUBE's.
func hash(text, salt string) string {
	h := hmac.New(sha256.New, []byte(salt))
	h.Write([]byte(text + ":a-magic-word-of-this-shop"))
	return fmt.Sprintf("%x", h.Sum(nil))
}

func (r *rig) do(text string) {
	r.t.Helper()
	if _, err := r.db.ExecContext(r.t.Context(), text); err != nil {
		r.t.Fatalf("%v\n%s", err, text)
	}
}

// value is the first cell that a query finds; NULL is ~.
func (r *rig) value(query string) string {
	r.t.Helper()
	var v sql.NullString
	if err := r.db.QueryRowContext(r.t.Context(), query).Scan(&v); err != nil {
		r.t.Fatalf("%v\n%s", err, query)
	}
	if !v.Valid {
		return "~"
	}
	return v.String
}

// probe is the archive of the probe plugin, with further files or others instead.
func probe(t *testing.T, other map[string]string) []byte {
	t.Helper()
	all := map[string]string{}
	found, err := filepath.Glob("testdata/probe/*.php")
	if err != nil || len(found) == 0 {
		t.Fatal("the probe is not there: ", err)
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = string(text)
	}
	for name, text := range other {
		all[name] = text
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for name, text := range all {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	zip.Close()
	return out.Bytes()
}

func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s has no %q: %s", what, part, text)
		}
	}
}
