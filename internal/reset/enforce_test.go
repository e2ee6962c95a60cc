package reset_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// bench is an installation with a shop and an enforcer, in a time of its own.
type bench struct {
	*shopRig
	shop *liteShop
	last error
	*reset.Enforcer
}

// newBench orders members whose passwords are "old" in the shop.
func newBench(t *testing.T, ids ...string) *bench {
	t.Helper()
	b := &bench{shopRig: newShopRig(t, nil, ids...)}
	b.shop = openShop(t, t.TempDir(), b.keys.PasswordFingerprint)
	b.shop.joins(t, "old", ids...)
	b.Enforcer = b.enforcer()
	return b
}

func (b *bench) enforcer() *reset.Enforcer {
	return reset.NewEnforcer(reset.EnforcerConfig{
		Resets: b.store, Connector: b.shop, Now: b.now,
		Held: func(ctx context.Context) (bool, error) {
			h, err := b.store.Held(ctx)
			return h != nil, err
		},
		Seen: func(_ reset.Progress, err error) { b.last = err },
	})
}

// passes lets time go by.
func (b *bench) passes(d time.Duration) { b.at(time.Duration(b.clock.Load()) + d) }

// turns the enforcer now and a minute later, when the second sweep is due.
func (b *bench) turns(t *testing.T) {
	t.Helper()
	for range 2 {
		if err := b.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.passes(reset.SweepAfter)
	}
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) reset(t *testing.T, id string) breach.Reset {
	t.Helper()
	r, err := b.store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// redeems gives a member a ticket that is redeemed.
func (b *bench) redeems(t *testing.T, id string) {
	t.Helper()
	if _, err := b.Redeem(t.Context(), "shop", b.ticket(t, id).Token); err != nil {
		t.Fatal(err)
	}
}

// barRows counts the audit rows that a member is barred.
func (b *bench) barRows(t *testing.T) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT hex(tag), count(*) FROM audit_entries WHERE action = 'reset_bar' GROUP BY tag`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var member string
		var n int
		if err := rows.Scan(&member, &n); err != nil {
			t.Fatal(err)
		}
		all[member] = n
	}
	return all
}

// TestBarsWhoIsOrdered, each once, with two at work at the same time, and nobody else.
func TestBarsWhoIsOrdered(t *testing.T) {
	ids := numbered(620)
	b := newBench(t, ids...)
	b.shop.joins(t, "old", "bystander")
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM customer WHERE password = '' AND blanked = 1`); n != len(ids) {
		t.Errorf("%d of %d passwords are worthless", n, len(ids))
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions are left, want the bystander's", n)
	}
	b.shop.logsIn(t, "7") // was compared before the password went
	if r := b.reset(t, "7"); !r.Barred.IsZero() {
		t.Error("barred before the second sweep")
	}
	if p := b.Progress(); p.Sweeping != len(ids) || p.Barred != 0 {
		t.Errorf("%+v", p)
	}
	other := b.enforcer()
	if err := other.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.shop.logsIn(t, "8") // after both have swept once
	b.passes(reset.SweepAfter - time.Second)
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM session WHERE customer = '7'`); n != 0 && b.Progress().Sweeping == 0 {
		t.Error("the second sweep came too early")
	}
	b.passes(time.Second)
	for _, e := range []*reset.Enforcer{b.Enforcer, other} {
		if err := e.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions are left after the second sweep", n)
	}
	if b.shop.password(t, "bystander") != "old" {
		t.Error("a member who was not ordered lost their password")
	}
	rows := b.barRows(t)
	for member, n := range rows {
		if n != 1 {
			t.Fatalf("a member was barred %d times: %x", n, member)
		}
	}
	if len(rows) != len(ids) || b.Progress().Barred+other.Progress().Barred != len(ids) {
		t.Errorf("%d members barred in the log, %d and %d by the two", len(rows), b.Progress().Barred, other.Progress().Barred)
	}
}

// TestPasswordsThatChange: with a ticket it is the end, without one it is noted and barred
// again.
func TestPasswordsThatChange(t *testing.T) {
	b := newBench(t, "owner", "robbed", "early", "still")
	b.shop.sets(t, "early", "robber's") // between plan and order
	b.turns(t)
	b.turns(t)
	if r := b.reset(t, "early"); r.State != breach.ResetChangedUnverified || r.Barred.IsZero() || b.shop.password(t, "early") != "" {
		t.Errorf("changed before the bar: %s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "early"))
	}
	b.redeems(t, "owner")
	b.shop.sets(t, "owner", "new")
	b.shop.sets(t, "robbed", "robber's")
	b.shop.logsIn(t, "robbed")
	b.passes(time.Minute)
	b.turns(t)
	if r := b.reset(t, "owner"); r.State != breach.ResetCompleted || b.shop.password(t, "owner") != "new" {
		t.Errorf("with a ticket: %s, password %q", r.State, b.shop.password(t, "owner"))
	}
	if r := b.reset(t, "robbed"); r.State != breach.ResetChangedUnverified || r.Barred.IsZero() || b.shop.password(t, "robbed") != "" {
		t.Errorf("without a ticket: %s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "robbed"))
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM session WHERE customer = 'robbed'`); n != 0 {
		t.Error("the robber's session is alive")
	}
	if r := b.reset(t, "still"); r.State != breach.ResetRequired || r.Barred.IsZero() {
		t.Errorf("of whom nothing changed: %s", r.State)
	}
	if b.Progress().Unverified != 2 || b.Progress().Completed != 1 {
		t.Errorf("%+v", b.Progress())
	}
}

// TestTicketBeforeTheBar: whoever redeemed a ticket before the shop was told still loses the
// old password; a new one that they set is not touched.
func TestTicketBeforeTheBar(t *testing.T) {
	b := newBench(t, "quick", "slow")
	b.redeems(t, "quick")
	b.shop.sets(t, "quick", "new")
	b.redeems(t, "slow")
	b.turns(t)
	if r := b.reset(t, "quick"); r.State != breach.ResetCompleted || b.shop.password(t, "quick") != "new" {
		t.Errorf("set before the bar: %s, password %q", r.State, b.shop.password(t, "quick"))
	}
	if b.shop.password(t, "slow") != "" {
		t.Error("an old password outlived a ticket")
	}
	b.shop.sets(t, "slow", "new")
	b.passes(time.Minute)
	b.turns(t)
	if r := b.reset(t, "slow"); r.State != breach.ResetCompleted || b.shop.password(t, "slow") != "new" {
		t.Errorf("set after the bar: %s, password %q", r.State, b.shop.password(t, "slow"))
	}
}

// TestMovesUnderTheHand: a password that changes between a look and the bar is not the one
// that was ordered away.
func TestMovesUnderTheHand(t *testing.T) {
	b := newBench(t, "1")
	b.shop.before = func(id string) error {
		b.shop.before = nil
		_, err := b.shop.db.Exec(`UPDATE customer SET password = 'other' WHERE id = ?`, id)
		return err
	}
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := b.reset(t, "1"); r.State != breach.ResetChangedUnverified {
		t.Errorf("it is %s", r.State)
	}
	b.turns(t)
	if r := b.reset(t, "1"); r.State != breach.ResetChangedUnverified || r.Barred.IsZero() || b.shop.password(t, "1") != "" {
		t.Errorf("afterwards %s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "1"))
	}
}

// TestWhoIsGone: members whom the shop does not know, or lets in no more.
func TestWhoIsGone(t *testing.T) {
	b := newBench(t, "gone", "withdrawn", "here")
	b.shop.exec(t, `DELETE FROM customer WHERE id = 'gone'`)
	b.shop.exec(t, `UPDATE customer SET live = 0 WHERE id = 'withdrawn'`)
	b.turns(t)
	for _, id := range []string{"gone", "withdrawn", "here"} {
		if r := b.reset(t, id); r.Barred.IsZero() || r.State != breach.ResetRequired {
			t.Errorf("%s: %s, barred %s", id, r.State, r.Barred)
		}
	}
	if p := b.Progress(); p.Gone != 2 || p.Barred != 3 || b.shop.password(t, "withdrawn") != "" {
		t.Errorf("%+v", p)
	}
}

// TestAPasswordNobodyHasSeen: where the plan did not see the old password and it is not
// barred yet, a redeemed ticket does not make it a new one, neither on the shop's word nor
// in the shop's database.
func TestAPasswordNobodyHasSeen(t *testing.T) {
	b := newBench(t, "1")
	b.change(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { r.Fingerprint = nil; return r, nil }, "1")
	b.redeems(t, "1")
	if _, err := reset.NewService(b.store, b.shop, b.now).Complete(t.Context(), "shop", "1"); !errors.Is(err, breach.ErrNotChanged) {
		t.Errorf("completed on the shop's word: %v", err)
	}
	b.turns(t)
	if r := b.reset(t, "1"); r.State != breach.ResetTicketIssued || r.Barred.IsZero() || b.shop.password(t, "1") != "" {
		t.Errorf("%s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "1"))
	}
	b.shop.sets(t, "1", "new")
	if r, err := reset.NewService(b.store, b.shop, b.now).Complete(t.Context(), "shop", "1"); err != nil || r.State != breach.ResetCompleted {
		t.Errorf("a new password after the bar: %s, %v", r.State, err)
	}
}
