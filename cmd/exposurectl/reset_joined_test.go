package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// publishMembers imports and publishes a list of the first so many members as this version.
func (s *resetSite) publishMembers(t *testing.T, members, version int) {
	t.Helper()
	list := filepath.Join(s.dir, fmt.Sprintf("list-%d.csv", version))
	if err := os.WriteFile(list, []byte(memberList(members)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.command(t.Context(), "import", "--roster", list, "--commit").CombinedOutput(); !bytes.Contains(out, fmt.Appendf(nil, "Stored as version %d", version)) {
		t.Fatalf("%v\n%s", err, out)
	}
	s.must(t, "publish", "--version", fmt.Sprint(version), "--by", "Sato", "--approved-by", "Ito", "--override", "a rehearsal", "--commit")
	s.members = members
}

// stands holds "reset status" against how many members are in these states and in no plan.
func (s *resetSite) stands(t *testing.T, when string, planned, required, outside int) {
	t.Helper()
	var now standing
	if err := json.Unmarshal([]byte(s.must(t, "reset", "status", "--json")), &now); err != nil {
		t.Fatal(err)
	}
	got := map[breach.ResetState]int{}
	for _, n := range now.States {
		got[n.State] = n.Members
	}
	if got[breach.ResetPlanned] != planned || got[breach.ResetRequired] != required || *now.NotInPlan != outside || *now.Barred+*now.Unbarred != required {
		t.Errorf("%s: %v, %d in no plan; want %d planned, %d ordered, %d in none", when, got, *now.NotInPlan, planned, required, outside)
	}
	text := s.must(t, "reset", "status")
	if line := fmt.Sprintf("%6d  are of the published version and in no plan", outside); !strings.Contains(text, line) {
		t.Errorf("%s: want %q in\n%s", when, line, text)
	}
}

// orderedOnce wants one row of an order for everybody who is asked.
func (s *resetSite) orderedOnce(t *testing.T) {
	t.Helper()
	db := openRaw(t, filepath.Join(s.dir, "site.db"))
	defer db.Close()
	want := s.members - s.members/10 // every tenth has withdrawn
	const rows = `SELECT count(*) FROM audit_entries WHERE action = 'reset_order' AND purpose = 'member'`
	const members = `SELECT count(DISTINCT tag) FROM audit_entries WHERE action = 'reset_order' AND purpose = 'member'`
	if n, m := s.count(t, db, rows), s.count(t, db, members); n != want || m != want {
		t.Errorf("%d rows of orders about %d members, want one for each of %d", n, m, want)
	}
	if out := s.must(t, "audit", "verify"); !strings.Contains(out, "is as it was written") {
		t.Error(out)
	}
}

// TestMembersWhoJoinAnOrder: a version with further members is published after the pilot, and
// another one while everybody is barred in the shop. The order of all waits for a plan that knows
// them, "reset status" says whom none knows, and at the end each is ordered and barred, once.
func TestMembersWhoJoinAnOrder(t *testing.T) {
	s := newResetSite(t, 30)
	shop := newDBShop(t, s)
	s.plan(t, "--commit")
	s.must(t, "reset", "order", "--member", "4", "--commit")
	s.stands(t, "after the pilot", 26, 1, 0)

	shop.do(`INSERT INTO dtb_customer (customer_id, password) VALUES (31, 'x31'), (32, 'x32')`)
	s.publishMembers(t, 31, 2)
	s.stands(t, "after a member joined", 26, 1, 1)
	if out := s.must(t, "reset", "status", "--members", "not_in_plan"); out != "31\n" {
		t.Errorf("in no plan are %q", out)
	}
	s.refused(t, "1 of its members are not in the plan", "reset", "order", "all", "--commit")
	s.refused(t, "there is no plan for: 31", "reset", "order", "--member", "31", "--commit")
	if p := s.plan(t, "--commit"); p.New != 1 || p.Ordered != 1 || p.Moved+p.Dropped != 0 {
		t.Errorf("the plan with the member says %+v", p)
	}
	s.stands(t, "after the plan with the member", 27, 1, 0)

	running := s.begin(t, "reset", "order", "all", "--commit", "--run") // waits a minute to end sessions once more
	running.until(t, func() bool { return shop.count("SELECT count(*) FROM dtb_customer WHERE password = ''") > 1 })
	s.publishMembers(t, 32, 3)
	s.stands(t, "while they are barred", 0, 28, 1)
	s.plan(t, "--commit")
	s.must(t, "reset", "order", "all", "--commit")
	s.stands(t, "after the second order", 0, 29, 0)
	// The first command bars whoever is ordered: 7 is not known to the shop, 9 was blank before.
	running.until(t, func() bool { return shop.count("SELECT count(*) FROM dtb_customer WHERE password = ''") == 28 })
	running.interrupt(t)
	if kept := shop.count("SELECT count(*) FROM dtb_customer WHERE customer_id IN (10, 20, 30) AND password <> ''"); kept != 3 {
		t.Errorf("%d of 3 who have withdrawn kept their passwords", kept)
	}
	if again := s.must(t, "reset", "order", "all", "--commit"); !strings.Contains(again, "nothing was changed") {
		t.Errorf("ordered again: %s", again)
	}
	s.orderedOnce(t)
}

// TestAVersionPublishedWhileOrdering: the order of thousands stops at the version that is
// published meanwhile, as it would not have begun with it; planned again it goes on, and nobody
// is left out or ordered twice.
func TestAVersionPublishedWhileOrdering(t *testing.T) {
	s := newResetSite(t, 3000)
	s.must(t, "reset", "plan", "--commit")
	at := func(name string) string { return filepath.Join(s.dir, name) }
	p := &program{cli: &cli{Database: "sqlite:" + at("site.db"), Incident: at("incident.yaml"), KeyFile: at("site.key")}, ctx: t.Context()}
	d, err := p.office()
	if err != nil {
		t.Fatal(err)
	}
	defer d.db.Close()
	order, err := reset.NewOrder(t.Context(), d.resets, 1, d.in.AsksReset, nil)
	if err != nil {
		t.Fatal(err)
	}
	ordered := 0
	err = order.Give(t.Context(), d.resets, d.entry(audit.ResetOrder), func(members int) {
		if ordered += members; ordered == 1000 {
			s.publishMembers(t, 3011, 2)
		}
	})
	if !errors.Is(err, reset.ErrPlanIsOld) || ordered != 1000 {
		t.Errorf("it ended with %v, %d were ordered", err, ordered)
	}
	s.stands(t, "after the order", 1700, 1000, 11)
	s.refused(t, "11 of its members are not in the plan", "reset", "order", "all", "--commit")
	s.must(t, "reset", "plan", "--commit")
	s.must(t, "reset", "order", "all", "--commit")
	s.stands(t, "at the end", 0, 2710, 0)
	s.orderedOnce(t)
}

// beside is a command that runs beside others.
type beside struct {
	*exec.Cmd
	out   bytes.Buffer
	ended chan error
}

func (s *resetSite) begin(t *testing.T, args ...string) *beside {
	t.Helper()
	b := &beside{Cmd: s.command(context.WithoutCancel(t.Context()), args...), ended: make(chan error, 1)}
	b.Stdout, b.Stderr = &b.out, &b.out
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { b.ended <- b.Wait() }()
	t.Cleanup(func() { _ = b.Process.Kill() })
	return b
}

// until waits for something while it runs.
func (b *beside) until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-b.ended:
			t.Fatalf("it ended: %v\n%s", err, &b.out)
		default:
			if time.Now().After(deadline) {
				t.Fatal("it does nothing")
			}
		}
	}
}

func (b *beside) interrupt(t *testing.T) {
	t.Helper()
	if err := b.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-b.ended; err == nil || !strings.Contains(b.out.String(), "interrupted: what is ordered stays ordered") {
		t.Errorf("interrupted: %v\n%s", err, &b.out)
	}
}
