package eccube_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// joint is an installation and the shop that it keeps in step, in a time of its own.
type joint struct {
	*shop
	*reset.Service
	store *sqlstore.Resets
	c     *eccube.Connector
	file  string // of the installation's database
	now   time.Time
}

// newJoint plans the resets of so many members as they are in the shop. Each is logged in.
func newJoint(t *testing.T, s *shop, members int) *joint {
	t.Helper()
	j := &joint{shop: s, file: filepath.Join(t.TempDir(), "exposure.db"), now: time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)}
	if err := sqlstore.Migrate(t.Context(), "sqlite:"+j.file); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), "sqlite:"+j.file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	data, _, err := vault.Generate(j.now)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.ParseServer(data)
	if err != nil {
		t.Fatal(err)
	}
	if j.c, err = eccube.New(eccube.Config{DSN: s.address(s.server.Addr()), Fingerprint: keys.PasswordFingerprint}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.c.Close() })
	j.store = db.Resets(keys)
	j.Service = reset.NewService(j.store, j.c, func() time.Time { return j.now })
	s.fill(members)
	held, err := j.c.Read(t.Context(), numbers(members))
	if err != nil {
		t.Fatal(err)
	}
	var planned []reset.Planned
	for _, h := range held {
		planned = append(planned, reset.Planned{MemberID: h.MemberID, Fingerprint: h.Fingerprint})
		j.logsIn(h.MemberID)
	}
	if _, err := j.store.Plan(t.Context(), j.operator(audit.ResetPlan), planned); err != nil {
		t.Fatal(err)
	}
	return j
}

func (j *joint) operator(a audit.Action) audit.Entry {
	return audit.Entry{At: j.now, Actor: audit.Actor{Kind: audit.Operator, ID: "sato"}, Action: a, Outcome: audit.Done}
}

func (j *joint) orders(members int) {
	j.t.Helper()
	_, err := j.store.Change(j.t.Context(), j.operator(audit.ResetOrder), numbers(members), func(r breach.Reset) (breach.Reset, error) { return r.Order(j.now), nil })
	if err != nil {
		j.t.Fatal(err)
	}
}

func (j *joint) enforcer(c reset.Connector) *reset.Enforcer {
	return reset.NewEnforcer(reset.EnforcerConfig{
		Resets: j.store, Connector: c, Now: func() time.Time { return j.now },
		Held: func(context.Context) (bool, error) { return false, nil },
	})
}

// turns the enforcer until nothing is due any more: the second sweep is a minute later.
func (j *joint) turns(e *reset.Enforcer) {
	j.t.Helper()
	for range 3 {
		j.now = j.now.Add(reset.SweepAfter)
		if err := e.Turn(j.t.Context()); err != nil {
			j.t.Fatal(err)
		}
	}
}

// logsIn gives a member a session, where the shop's database has them.
func (j *joint) logsIn(id string) {
	j.t.Helper()
	if j.system == "eccube2" {
		j.visit(fmt.Sprintf("s%s-%d", id, j.now.UnixNano()), session(textID(id)))
		j.now = j.now.Add(time.Millisecond)
	}
}

func (j *joint) sets(id, hash string) {
	j.t.Helper()
	j.do(fmt.Sprintf("UPDATE dtb_customer SET password = $1 WHERE %s = %s", j.id(), id), hash)
}

// redeems opens the form for a new password with a ticket.
func (j *joint) redeems(id string) {
	j.t.Helper()
	ticket, err := j.Issue(j.t.Context(), reset.TicketOrder{Members: []string{id}, Actor: audit.Actor{Kind: audit.Customer}, Version: 1})
	if err != nil {
		j.t.Fatal(err)
	}
	if ids, err := j.Redeem(j.t.Context(), "shop", ticket.Token); err != nil || len(ids) != 1 || ids[0] != id {
		j.t.Fatalf("redeemed for %v, %v", ids, err)
	}
}

// expect looks at a reset and at the member's password in the shop.
func (j *joint) expect(id string, state breach.ResetState, barred bool, password string) {
	j.t.Helper()
	r, err := j.store.Get(j.t.Context(), id)
	if err != nil {
		j.t.Fatal(err)
	}
	got := j.table(fmt.Sprintf("SELECT password AS p FROM dtb_customer WHERE %s = %s", j.shop.id(), id))
	if r.State != state || r.Barred.IsZero() == barred || got != "p="+password+" \n" {
		j.t.Errorf("member %s is %s, barred %s, password %s", id, r.State, r.Barred, got)
	}
}

func (j *joint) nobodyLoggedIn(but string) {
	j.t.Helper()
	if j.system == "eccube2" && j.left() != but {
		j.t.Errorf("left are sessions %s, want %s", j.left(), but)
	}
}

// TestFromTheOrderToTheNewPassword goes all the way with a real shop's database: an owner
// with a ticket, another who is found by looking, somebody without a ticket, and a password
// that was changed before anybody was barred.
func TestFromTheOrderToTheNewPassword(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		j := newJoint(t, s, 5)
		e := j.enforcer(j.c)
		j.turns(e)
		j.expect("1", breach.ResetPlanned, false, j.hashOf(1)) // planning changes nothing
		j.sets("4", "a robber's")
		j.orders(4)
		j.turns(e)
		for _, id := range []string{"1", "2", "3"} {
			j.expect(id, breach.ResetRequired, true, "")
		}
		j.expect("4", breach.ResetChangedUnverified, true, "")
		j.expect("5", breach.ResetPlanned, false, j.hashOf(5))
		if got := s.table("SELECT COUNT(*) AS n FROM dtb_customer WHERE password <> ''"); got != "n=1 \n" {
			t.Errorf("passwords are left: %s", got)
		}
		j.redeems("1")
		if _, err := j.Complete(t.Context(), "shop", "1"); !errors.Is(err, breach.ErrNotChanged) {
			t.Errorf("completed while the shop has no new password: %v", err)
		}
		j.sets("1", "$2y$13$the owner's")
		if r, err := j.Complete(t.Context(), "shop", "1"); err != nil || r.State != breach.ResetCompleted {
			t.Errorf("with a new password: %s, %v", r.State, err)
		}
		j.redeems("3") // and the shop never tells
		j.sets("3", "$2y$13$another owner's")
		j.sets("2", "$2y$13$a robber's")
		j.logsIn("2")
		if _, err := j.Complete(t.Context(), "shop", "2"); !errors.Is(err, breach.ErrNotRedeemed) {
			t.Errorf("completed without a ticket: %v", err)
		}
		j.turns(e)
		j.turns(e)
		j.expect("1", breach.ResetCompleted, true, "$2y$13$the owner's")
		j.expect("2", breach.ResetChangedUnverified, true, "")
		j.expect("3", breach.ResetCompleted, true, "$2y$13$another owner's")
		if j.system == "eccube2" {
			if got := s.table("SELECT COUNT(*) AS n FROM dtb_session"); got != "n=1 \n" { // member 5's
				t.Errorf("sessions: %s", got)
			}
		}
		if err := j.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// mortal is a connector under an enforcer that is killed at one of its calls: before it or,
// worse, after it, when the shop has done what nobody notes.
type mortal struct {
	reset.Connector
	calls *int // left
	after bool
	kill  func()
}

func (m mortal) at(call func() error) error {
	*m.calls--
	if *m.calls == 0 && !m.after {
		m.kill()
		return context.Canceled
	}
	err := call()
	if *m.calls == 0 {
		m.kill()
		return context.Canceled
	}
	return err
}

func (m mortal) Read(ctx context.Context, ids []string) (held []reset.Held, err error) {
	return held, m.at(func() error { held, err = m.Connector.Read(ctx, ids); return err })
}

func (m mortal) Blank(ctx context.Context, id string, was []byte) error {
	return m.at(func() error { return m.Connector.Blank(ctx, id, was) })
}

func (m mortal) EndSessions(ctx context.Context, ids []string) error {
	return m.at(func() error { return m.Connector.EndSessions(ctx, ids) })
}

// TestTheEnforcerIsKilledAtEveryCall: the n-th life ends at its n-th call of the shop. In
// the end everybody is barred once, and the counts agree.
func TestTheEnforcerIsKilledAtEveryCall(t *testing.T) {
	const members = 7
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		for _, after := range []bool{false, true} {
			s := newShop(t, "eccube2", s.kind)
			j := newJoint(t, s, members)
			j.orders(members)
			lives := 1
			for ; j.life(lives, after); lives++ {
				if lives > 100 {
					t.Fatal("it never comes to an end")
				}
			}
			for i := range members {
				j.expect(fmt.Sprint(i+1), breach.ResetRequired, true, "")
			}
			j.nobodyLoggedIn("")
			if got := j.barRows(); got != fmt.Sprintf("%d rows, %d members", members, members) {
				t.Errorf("in the audit log: %s", got)
			}
			if err := j.store.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if lives < 6 { // at a read, at passwords, at sessions
				t.Errorf("it was killed only %d times", lives-1)
			}
		}
	})
}

// life is that of one enforcer, up to so many calls. It tells whether it was killed.
func (j *joint) life(calls int, after bool) (killed bool) {
	j.t.Helper()
	ctx, kill := context.WithCancel(j.t.Context())
	defer kill()
	e := j.enforcer(mortal{j.c, &calls, after, kill})
	for range 3 {
		j.now = j.now.Add(reset.SweepAfter)
		if err := e.Turn(ctx); ctx.Err() != nil {
			return true
		} else if err != nil {
			j.t.Fatal(err)
		}
	}
	return false
}

// barRows counts the audit rows that somebody is barred.
func (j *joint) barRows() string {
	j.t.Helper()
	db, err := sql.Open("sqlite", "file:"+j.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		j.t.Fatal(err)
	}
	defer db.Close()
	var rows, members int
	if err := db.QueryRow(`SELECT count(*), count(DISTINCT tag) FROM audit_entries WHERE action = 'reset_bar'`).Scan(&rows, &members); err != nil {
		j.t.Fatal(err)
	}
	return fmt.Sprintf("%d rows, %d members", rows, members)
}
