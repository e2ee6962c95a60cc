package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
)

// memberList is an approved list of so many members, some of whom have withdrawn.
func memberList(members int) string {
	var b strings.Builder
	b.WriteString("person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n")
	for id := 1; id <= members; id++ {
		address, withdrawn := fmt.Sprintf("m%d@example.jp", id), 0
		login := address
		if id%10 == 0 {
			login, withdrawn = "", 1
		}
		fmt.Fprintf(&b, "M:%d,member,%s,%s,%d,member,,,%d,,,,\n", id, address, login, id, withdrawn)
	}
	return b.String()
}

// resetSite is a published list of members, and a shop whose page for forgotten passwords
// is closed.
type resetSite struct {
	dir     string
	members int
	env     []string
}

func newResetSite(t testing.TB, members int) *resetSite {
	t.Helper()
	shop := newResetShop(t)
	shop.show("closed")
	s := &resetSite{dir: t.TempDir(), members: members}
	at := func(name string) string { return filepath.Join(s.dir, name) }
	if err := firstError(shop.prepare(s.dir), os.WriteFile(at("list.csv"), []byte(memberList(members)), 0o600)); err != nil {
		t.Fatal(err)
	}
	s.env = append(os.Environ(), "SSL_CERT_FILE="+at("shop.pem"), "EXPOSURE_INCIDENT="+at("incident.yaml"), "EXPOSURE_KEY_FILE="+at("site.key"),
		"EXPOSURE_OPERATOR_KEY_FILE="+at("site.key.operator"), "EXPOSURE_DATABASE_URL=sqlite:"+at("site.db"))
	s.must(t, "keygen", "--out", at("site.key"))
	s.must(t, "migrate")
	if out, err := s.command(t.Context(), "import", "--roster", at("list.csv"), "--commit").CombinedOutput(); !bytes.Contains(out, []byte("Stored as version 1")) {
		t.Fatalf("%v\n%s", err, out)
	}
	s.must(t, "publish", "--version", "1", "--by", "Sato", "--approved-by", "Ito", "--override", "a rehearsal", "--commit")
	return s
}

// command is a process of its own.
func (s *resetSite) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Args, cmd.Env, cmd.WaitDelay = append([]string{"exposurectl"}, args...), s.env, time.Minute
	return cmd
}

func (s *resetSite) must(t testing.TB, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := s.command(t.Context(), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

func (s *resetSite) count(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// killed runs a command and kills it, without any notice, as soon as the query counts more
// than before. It tells how many there were then.
func (s *resetSite) killed(t *testing.T, db *sql.DB, query string, args ...string) int {
	t.Helper()
	before := s.count(t, db, query)
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := s.command(ctx, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for s.count(t, db, query) <= before {
		select {
		case err := <-ended:
			t.Fatalf("%s ended before it did anything: %v", strings.Join(args, " "), err)
		case <-time.After(time.Millisecond):
		}
	}
	kill() // SIGKILL
	<-ended
	return s.count(t, db, query)
}

// An operator's plan and order over thousands of members are killed again and again: each
// member is planned and ordered once, the figures add up, and the audit log is whole.
func TestKilledPlansAndOrders(t *testing.T) {
	s := newResetSite(t, 3000)
	db := openRaw(t, filepath.Join(s.dir, "site.db"))
	defer db.Close()
	const planned, required = `SELECT count(*) FROM resets`, `SELECT count(*) FROM resets WHERE state = 'required'`
	interrupted := 0
	for range 2 {
		if s.killed(t, db, planned, "reset", "plan", "--commit") < s.members {
			interrupted++
		}
	}
	s.must(t, "reset", "plan", "--commit")
	for range 3 {
		if s.killed(t, db, required, "reset", "order", "all", "--commit") < s.members*9/10 {
			interrupted++
		}
		s.must(t, "reset", "status")
	}
	if interrupted != 5 {
		t.Fatalf("%d of 5 were killed in the middle", interrupted)
	}
	s.must(t, "reset", "order", "all", "--commit")
	if again := s.must(t, "reset", "order", "all", "--commit"); !strings.Contains(again, "nothing was changed") {
		t.Errorf("ordered again: %s", again)
	}

	var status standing
	if err := json.Unmarshal([]byte(s.must(t, "reset", "status", "--json")), &status); err != nil {
		t.Fatal(err)
	}
	got := map[breach.ResetState]int{}
	for _, n := range status.States {
		got[n.State] = n.Members
	}
	if got[breach.ResetRequired] != s.members*9/10 || got[breach.ResetExempt] != s.members/10 || got[breach.ResetPlanned] != 0 || *status.Unbarred != s.members*9/10 {
		t.Errorf("the figures are %v, %d not barred", got, *status.Unbarred)
	}
	for action, want := range map[string]int{"reset_plan": s.members, "reset_order": s.members * 9 / 10} {
		rows := `SELECT count(*) FROM audit_entries WHERE action = ? AND purpose = 'member'`
		if n := s.count(t, db, rows, action); n != want {
			t.Errorf("%d rows of %s, want %d: somebody was done twice or not at all", n, action, want)
		}
	}
	if out := s.must(t, "audit", "verify"); !strings.Contains(out, "is as it was written") {
		t.Error(out)
	}
}
