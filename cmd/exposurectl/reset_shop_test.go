package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/live"
)

// The tables of an EC-CUBE 2 shop as far as a connector meets them, with 30 members.
const eccube2Tables = `
CREATE TABLE dtb_customer (customer_id integer PRIMARY KEY, password text, status smallint NOT NULL DEFAULT 2, del_flg smallint NOT NULL DEFAULT 0);
CREATE TABLE dtb_session (sess_id text PRIMARY KEY, sess_data text);
CREATE TABLE mtb_constants (id text PRIMARY KEY, name text);
INSERT INTO mtb_constants VALUES ('AUTH_TYPE', '"HMAC"');
INSERT INTO dtb_customer (customer_id, password) SELECT n, encode(sha256(CAST(CAST(n AS text) AS bytea)), 'hex') FROM generate_series(1, 30) AS n;
UPDATE dtb_customer SET password = '' WHERE customer_id = 9;
UPDATE dtb_customer SET status = 1 WHERE customer_id = 8;
DELETE FROM dtb_customer WHERE customer_id = 7`

// dbShop is a shop whose database a connector reaches, with the rights that "reset grants"
// prints.
type dbShop struct {
	t     *testing.T
	admin *sql.DB
}

func newDBShop(t *testing.T, s *resetSite) *dbShop {
	t.Helper()
	server := live.NewPostgres(t)
	open := func(name string) *sql.DB {
		db, err := sql.Open("pgx", server.PostgresAdmin(name)+"&default_query_exec_mode=simple_protocol")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	shop := &dbShop{t: t, admin: open("postgres")}
	shop.do("CREATE DATABASE shop")
	shop.admin = open("shop")
	shop.do(eccube2Tables)
	dsn := fmt.Sprintf("eccube2:postgres://exposure:a-password-of-the-role@%s/shop?sslmode=disable", server.Addr())
	s.env = append(s.env, "EXPOSURE_CONNECTOR="+dsn)
	shop.do(s.must(t, "reset", "grants"))
	return shop
}

func (s *dbShop) do(text string) {
	s.t.Helper()
	if _, err := s.admin.ExecContext(s.t.Context(), text); err != nil {
		s.t.Fatalf("%v\n%s", err, text)
	}
}

func (s *dbShop) count(query string) (n int) {
	s.t.Helper()
	if err := s.admin.QueryRowContext(s.t.Context(), query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// refused runs a command that must end with exit code 1 and say this.
func (s *resetSite) refused(t *testing.T, want string, args ...string) {
	t.Helper()
	cmd := s.command(t.Context(), args...)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != exitRefused || !strings.Contains(string(out), want) {
		t.Errorf("%s: %v, %s\nwant %q", strings.Join(args, " "), err, out, want)
	}
}

func (s *resetSite) plan(t *testing.T, args ...string) (p planned) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.must(t, append([]string{"reset", "plan", "--json"}, args...)...)), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// backup writes the hashes of members, of whom the first have another one today.
func (s *resetSite) backup(t *testing.T, name string, changed int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("customer_id,password\n")
	for id := 1; id <= 40; id++ { // ten more members than the list has
		password := fmt.Sprint(id)
		if id <= changed {
			password = "before the breach"
		}
		fmt.Fprintf(&b, "%d,%x\n", id, sha256.Sum256([]byte(password)))
	}
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// With the shop's database at hand a plan says what the shop holds and whom a baseline
// exempts, and an order makes the passwords worthless by itself.
func TestResetsInAShopsDatabase(t *testing.T) {
	s := newResetSite(t, 30) // the 10th, 20th and 30th have withdrawn
	shop := newDBShop(t, s)

	p := s.plan(t, "--members", "--commit")
	if !p.Shop || p.Planned != 27 || p.Unknown != 1 || p.WithoutWay.NotLive != 1 || p.Blank != 1 || p.Exempt.Withdrawn != 3 {
		t.Errorf("the plan says %+v", p)
	}
	if fmt.Sprint(p.Members.Unknown, p.Members.NotLive) != "[7] [8]" {
		t.Errorf("unknown %v, not live %v", p.Members.Unknown, p.Members.NotLive)
	}
	s.baselines(t)
	shop.do("REVOKE DELETE ON dtb_session FROM exposure")
	s.refused(t, "the connector cannot carry out an order", "reset", "order", "all", "--commit")
	shop.do("GRANT DELETE ON dtb_session TO exposure")

	s.must(t, "reset", "order", "--member", "4", "--commit") // no terminal, so the server would do it
	if blank := shop.count("SELECT count(*) FROM dtb_customer WHERE password = ''"); blank != 1 {
		t.Errorf("an order made %d passwords worthless by itself", blank-1)
	}
	s.interruptedRun(t, shop)
}

// baselines: who has another password than in the backup is exempt; a backup of which most
// differ is more likely the wrong one.
func (s *resetSite) baselines(t *testing.T) {
	t.Helper()
	wrong := s.backup(t, "wrong.csv", 26)
	s.must(t, "reset", "baseline", "--file", wrong, "--commit")
	s.refused(t, "most passwords are others than in the baseline: 22 of 25", "reset", "plan", "--commit")
	if p := s.plan(t, "--accept-changed", "22"); p.Exempt.Changed != 22 || p.Committed {
		t.Errorf("a dry run with most changed: %+v", p)
	}
	right := s.backup(t, "right.csv", 3)
	if out := s.must(t, "reset", "baseline", "--file", right, "--commit", "--json"); out !=
		`{"committed":true,"read":40,"new":23,"same":7,"ordered":0,"not_in_plan":10,"without_baseline":0,"not_comparable":0}`+"\n" {
		t.Errorf("the right baseline: %s", out)
	}
	if out := s.must(t, "reset", "baseline", "--file", right, "--commit"); !strings.Contains(out, "Nothing new: nothing was changed") {
		t.Errorf("the same baseline again: %s", out)
	}
	if p := s.plan(t, "--commit"); p.Exempt.Changed != 3 || p.Planned != 24 || p.Moved != 3 || !p.Committed {
		t.Errorf("the plan with the right baseline: %+v", p)
	}
	if p := s.plan(t, "--commit"); p.Moved != 0 || p.New != 0 || p.Exempt.Changed != 3 {
		t.Errorf("the same plan again: %+v", p)
	}
}

// interruptedRun orders everybody, here and now, and is interrupted while it waits to end
// the sessions once more.
func (s *resetSite) interruptedRun(t *testing.T, shop *dbShop) {
	t.Helper()
	shop.do("UPDATE dtb_customer SET password = 'changed since the plan' WHERE customer_id = 5")
	shop.do(`INSERT INTO dtb_session VALUES ('a', 'customer|a:1:{s:11:"customer_id";s:1:"4";}'), ('b', 'customer|a:1:{s:11:"customer_id";s:1:"1";}')`)
	cmd := s.command(t.Context(), "reset", "order", "all", "--commit", "--run")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// 24 are ordered; of them 7 is not known and 9 was blank.
	for shop.count("SELECT count(*) FROM dtb_customer WHERE password = ''") < 23 || shop.count("SELECT count(*) FROM dtb_session") > 1 {
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, &out)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(out.String(), "interrupted: what is ordered stays ordered") {
		t.Errorf("interrupted: %v\n%s", err, &out)
	}
	if !strings.Contains(out.String(), "changed without a ticket since the plan: 1 of them, found in this run") {
		t.Errorf("nothing is said of a password that was changed since the plan:\n%s", &out)
	}
	if kept := shop.count("SELECT count(*) FROM dtb_customer WHERE customer_id IN (1, 2, 3, 10, 20, 30) AND password <> ''"); kept != 6 {
		t.Errorf("%d of 6 exempt members kept their passwords", kept)
	}
	if out := s.must(t, "reset", "status"); !strings.Contains(out, "    24  are ordered, and the shop has not done it yet") {
		t.Error(out)
	}
	s.must(t, "audit", "verify")
}
