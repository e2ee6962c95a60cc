package eccube_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
)

// shop is a database like that of an EC-CUBE shop, with only what a connector may meet.
type shop struct {
	t            testing.TB
	system, kind string
	server       *live.Database
	name, role   string
	admin        *sql.DB
}

const rolePassword = "a-secret-of-the-role-0123"

var shopNumber atomic.Int64

// tables of the two systems, in words that both databases understand but for those in
// braces: the first is PostgreSQL's, the second MariaDB's.
var tables = map[string]string{
	"eccube2": `
CREATE TABLE dtb_customer (customer_id integer PRIMARY KEY, name01 text NOT NULL, email text NOT NULL, password text,
  reminder smallint, reminder_answer text, salt text, secret_key varchar(100) NOT NULL UNIQUE, status smallint NOT NULL DEFAULT 1,
  create_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP{| ON UPDATE CURRENT_TIMESTAMP}, update_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP{| ON UPDATE CURRENT_TIMESTAMP},
  del_flg smallint NOT NULL DEFAULT 0);
CREATE TABLE dtb_session (sess_id {text|varchar(150)} PRIMARY KEY, sess_data {text|longtext}, create_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, update_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE mtb_constants (id varchar(100) PRIMARY KEY, name text, rank_no smallint);
INSERT INTO mtb_constants (id, name) VALUES ('AUTH_TYPE', '"HMAC"')`,
	"eccube4": `
CREATE TABLE dtb_customer (id integer PRIMARY KEY, name01 varchar(255) NOT NULL, email varchar(255) NOT NULL, password varchar(255) NOT NULL,
  salt varchar(255), secret_key varchar(255) NOT NULL UNIQUE, reset_key varchar(255), customer_status_id smallint,
  create_date {timestamp(0) with time zone|datetime} NOT NULL DEFAULT CURRENT_TIMESTAMP, update_date {timestamp(0) with time zone|datetime} NOT NULL DEFAULT CURRENT_TIMESTAMP{| ON UPDATE CURRENT_TIMESTAMP})`,
}

// everyShop runs a test on both systems and both databases.
func everyShop(t *testing.T, test func(t *testing.T, s *shop)) {
	for _, system := range []string{"eccube2", "eccube4"} {
		everyDatabase(t, system, test)
	}
}

func everyDatabase(t *testing.T, system string, test func(t *testing.T, s *shop)) {
	for _, kind := range []string{"postgres", "mysql"} {
		t.Run(system+"/"+kind, func(t *testing.T) { test(t, newShop(t, system, kind)) })
	}
}

func newShop(t testing.TB, system, kind string) *shop {
	t.Helper()
	n := shopNumber.Add(1)
	s := &shop{t: t, system: system, kind: kind, server: server(t, kind), name: fmt.Sprintf("shop_%d", n), role: fmt.Sprintf("exposure_%d", n)}
	first := s.open(map[string]string{"postgres": "postgres", "mysql": ""}[kind])
	s.run(first, "CREATE DATABASE "+s.name)
	first.Close()
	s.admin = s.open(s.name)
	t.Cleanup(func() { s.admin.Close() })
	s.run(s.admin, s.say(tables[system]))
	s.run(s.admin, s.grants())
	return s
}

// open connects as the administrator.
func (s *shop) open(database string) *sql.DB {
	s.t.Helper()
	driver, dsn := "pgx", s.server.PostgresAdmin(database)+"&default_query_exec_mode=simple_protocol"
	if s.kind == "mysql" {
		driver, dsn = "mysql", fmt.Sprintf("root@unix(%s)/%s?multiStatements=true", s.server.MariaDBSocket(), database)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	return db
}

// say takes {PostgreSQL|MariaDB} apart.
func (s *shop) say(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		choice, after, _ := strings.Cut(rest, "}")
		first, second, _ := strings.Cut(choice, "|")
		if s.kind == "mysql" {
			first = second
		}
		out.WriteString(first)
		text = after
	}
}

func (s *shop) run(db *sql.DB, text string) {
	s.t.Helper()
	if _, err := db.ExecContext(s.t.Context(), text); err != nil {
		s.t.Fatalf("%v\n%s", err, text)
	}
}

// do lets the shop carry out a statement; $1 is the first value.
func (s *shop) do(text string, args ...any) {
	s.t.Helper()
	if err := s.try(text, args...); err != nil {
		s.t.Fatalf("%v\n%s", err, text)
	}
}

func (s *shop) try(text string, args ...any) error {
	if s.kind == "mysql" {
		for i := range args {
			text = strings.Replace(text, fmt.Sprintf("$%d", i+1), "?", 1)
		}
	}
	_, err := s.admin.ExecContext(s.t.Context(), text, args...)
	return err
}

// table is all that a query finds, a line for each row; NULL is ~.
func (s *shop) table(query string) string {
	s.t.Helper()
	rows, err := s.admin.QueryContext(s.t.Context(), query)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		for i, c := range cells {
			if !c.Valid {
				c.String = "~"
			}
			fmt.Fprintf(&out, "%s=%s ", columns[i], c.String)
		}
		out.WriteString("\n")
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// id is the column of a member's id.
func (s *shop) id() string {
	if s.system == "eccube2" {
		return "customer_id"
	}
	return "id"
}

// live are the values of the columns that let a member log in.
func (s *shop) live() (columns, values string) {
	if s.system == "eccube2" {
		return "status, del_flg", "2, 0"
	}
	return "customer_status_id", "2"
}

// fill makes members 1 to n, long ago, each with a hash of their own.
func (s *shop) fill(n int) {
	s.t.Helper()
	columns, values := s.live()
	from := fmt.Sprintf("(SELECT generate_series(1, %d) AS n) AS numbers", n)
	hash := "encode(sha256(CAST(CAST(n AS text) AS bytea)), 'hex')"
	if s.kind == "mysql" {
		from, hash = fmt.Sprintf("(SELECT seq AS n FROM seq_1_to_%d) AS numbers", n), "sha2(n, 256)"
	}
	s.run(s.admin, fmt.Sprintf(`INSERT INTO dtb_customer (%s, name01, email, password, salt, secret_key, create_date, update_date, %s)
		SELECT n, 'Name', CONCAT(n, '@example.com'), %s, 'saltsalt10', CONCAT('key', n), '2020-02-03 04:05:06', '2021-02-03 04:05:06', %s FROM %s`, s.id(), columns, hash, values, from))
}

func (s *shop) hashOf(id int) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(fmt.Sprint(id)))) }

// address is what EXPOSURE_CONNECTOR says, by that way to the server.
func (s *shop) address(hostport string) string {
	scheme, query := "postgres", "?sslmode=disable"
	if s.kind == "mysql" {
		scheme, query = "mysql", ""
	}
	return fmt.Sprintf("%s:%s://%s:%s@%s/%s%s", s.system, scheme, s.role, rolePassword, hostport, s.name, query)
}

func (s *shop) grants() string {
	s.t.Helper()
	text, err := eccube.Grants(s.address(s.server.Addr()))
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func fingerprint(memberID string, hash []byte) []byte {
	h := hmac.New(sha256.New, []byte("a key of these tests"))
	fmt.Fprintf(h, "%d %s %s", len(memberID), memberID, hash)
	return h.Sum(nil)
}

func (s *shop) connector() *eccube.Connector {
	s.t.Helper()
	return s.connect(s.address(s.server.Addr()), 0)
}

func (s *shop) connect(dsn string, timeout time.Duration) *eccube.Connector {
	s.t.Helper()
	c, err := eccube.New(eccube.Config{DSN: dsn, Fingerprint: fingerprint, Timeout: timeout})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// read returns what a connector reads of one member.
func (s *shop) read(c *eccube.Connector, id string) reset.Held {
	s.t.Helper()
	held, err := c.Read(s.t.Context(), []string{id})
	if err != nil || len(held) != 1 || held[0].MemberID != id {
		s.t.Fatalf("reading member %s: %v, %v", id, held, err)
	}
	return held[0]
}

// numbers are the ids from 1 to n.
func numbers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i + 1)
	}
	return ids
}
