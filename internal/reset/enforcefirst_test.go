package reset_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// unseen is a bench on which the plan has seen no password.
func unseen(t *testing.T, ids ...string) *bench {
	t.Helper()
	b := newBench(t, ids...)
	b.change(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { r.Fingerprint = nil; return r, nil }, ids...)
	return b
}

// TestNewPasswordInTheFirstMinute: the old one is worthless, the second sweep is not due
// yet, and no plan has seen the old one. What the owner sets stays, whether the shop tells
// it or not; without a ticket it does not.
func TestNewPasswordInTheFirstMinute(t *testing.T) {
	b := unseen(t, "told", "found", "robbed", "still")
	if err := b.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.passes(20 * time.Second)
	for _, id := range []string{"told", "found"} {
		b.redeems(t, id)
		b.shop.sets(t, id, "new")
	}
	b.shop.sets(t, "robbed", "robber's")
	if r, err := reset.NewService(b.store, b.shop, b.now).Complete(t.Context(), "shop", "told"); err != nil || r.State != breach.ResetCompleted {
		t.Errorf("on the shop's word: %s, %v", r.State, err)
	}
	for range 3 {
		b.passes(41 * time.Second)
		b.turns(t)
	}
	for _, id := range []string{"told", "found"} {
		if r := b.reset(t, id); r.State != breach.ResetCompleted || b.shop.password(t, id) != "new" {
			t.Errorf("%s: %s, password %q", id, r.State, b.shop.password(t, id))
		}
	}
	if r := b.reset(t, "robbed"); r.State != breach.ResetChangedUnverified || r.Barred.IsZero() || b.shop.password(t, "robbed") != "" {
		t.Errorf("without a ticket: %s, barred %s, password %q", r.State, r.Barred, b.shop.password(t, "robbed"))
	}
	if r := b.reset(t, "still"); r.State != breach.ResetRequired || r.Barred.IsZero() {
		t.Errorf("of whom nothing changed: %s, barred %s", r.State, r.Barred)
	}
}

// passes counts how often a shop has to look through its sessions; some of them fail.
type passes struct {
	*liteShop
	n     int
	fails func(n int) bool
}

func (p *passes) EndSessions(ctx context.Context, ids []string) error {
	if p.n++; p.fails != nil && p.fails(p.n) {
		return fmt.Errorf("a session is locked: %w", reset.ErrShopUnavailable)
	}
	return p.liteShop.EndSessions(ctx, ids)
}

func (b *bench) through(p *passes) *reset.Enforcer {
	return reset.NewEnforcer(reset.EnforcerConfig{Resets: b.store, Connector: p, Now: b.now, Held: func(ctx context.Context) (bool, error) {
		h, err := b.store.Held(ctx)
		return h != nil, err
	}})
}

// TestSessionsAreLookedThroughTwice, however many batches of members there are.
func TestSessionsAreLookedThroughTwice(t *testing.T) {
	b := newBench(t, numbered(950)...)
	p := &passes{liteShop: b.shop}
	e := b.through(p)
	for range 3 {
		if err := e.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.passes(reset.SweepAfter)
	}
	if p.n != 2 || e.Progress().Barred != 950 || b.shop.counts(t, `SELECT count(*) FROM session`) != 0 {
		t.Errorf("%d passes; %+v", p.n, e.Progress())
	}
}

// TestALockedSessionKeepsNobody: while a second sweep fails, others who are ordered lose
// their passwords and new ones are seen.
func TestALockedSessionKeepsNobody(t *testing.T) {
	b := newBench(t, "1", "2", "3")
	b.change(t, audit.ResetPlan, func(r breach.Reset) (breach.Reset, error) { r.State = breach.ResetPlanned; return r, nil }, "3")
	p := &passes{liteShop: b.shop, fails: func(n int) bool { return n == 2 }}
	e := b.through(p)
	if err := e.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.change(t, audit.ResetOrder, func(r breach.Reset) (breach.Reset, error) { return r.Order(b.now()), nil }, "3")
	b.passes(reset.SweepAfter)
	if err := e.Turn(t.Context()); !errors.Is(err, reset.ErrShopUnavailable) {
		t.Errorf("the trouble is not told: %v", err)
	}
	if b.shop.password(t, "3") != "" || b.shop.counts(t, `SELECT count(*) FROM session WHERE customer = '3'`) != 0 {
		t.Error("whoever was ordered meanwhile still has a password, or a session")
	}
	for range 2 {
		if err := e.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.passes(reset.SweepAfter)
	}
	if e.Progress().Barred != 3 {
		t.Errorf("%+v", e.Progress())
	}
}
