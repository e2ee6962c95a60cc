package reset_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// TestTicketOfAMailbox: one ticket is for everybody who logs in with the address and is
// barred, and for nobody else.
func TestTicketOfAMailbox(t *testing.T) {
	g := newShopRig(t, nil, "1", "2", "3", "4")
	g.change(t, audit.ResetAccept, func(r breach.Reset) (breach.Reset, error) { return r.Observe([]byte("x"), start).Accept(start) }, "3")
	ticket := g.ticket(t, "1", "2", "3")
	if len(ticket.Token) != 43 || !ticket.Ends.Equal(start.Add(15*time.Minute)) {
		t.Errorf("%d characters, until %v", len(ticket.Token), ticket.Ends)
	}
	if s := fmt.Sprintf("%v %+v %#v", ticket, ticket, ticket); strings.Contains(s, ticket.Token) {
		t.Error("a ticket prints its token")
	}
	members, err := g.Redeem(t.Context(), "shop", ticket.Token)
	if slices.Sort(members); err != nil || !slices.Equal(members, []string{"1", "2"}) {
		t.Errorf("%v, %v; want 1 and 2", members, err)
	}
	for id, want := range map[string]error{"1": nil, "2": nil, "3": nil, "4": breach.ErrNotRedeemed, "9": breach.ErrNoReset} {
		if _, err := g.Complete(t.Context(), "shop", id); !errors.Is(err, want) {
			t.Errorf("Complete(%s) = %v, want %v", id, err, want)
		}
	}
	if _, err := g.issue(t, "1", "2", "3"); !errors.Is(err, breach.ErrNoReset) {
		t.Errorf("a ticket for those who are done: %v", err)
	}
	if _, err := g.issue(t, "1", "9"); !errors.Is(err, reset.ErrUnknownMember) {
		t.Errorf("a ticket for nobody known: %v", err)
	}
}

// TestTicketsDie: by use, by age, by a newer one, by the end of the reset, and whatever is
// none is worth as little.
func TestTicketsDie(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*shopRig) string // and returns what is redeemed
		want  error
	}{
		"never":              {func(g *shopRig) string { return g.ticket(t, "1").Token }, nil},
		"a second before":    {func(g *shopRig) string { defer g.at(15*time.Minute - time.Second); return g.ticket(t, "1").Token }, nil},
		"at its end":         {func(g *shopRig) string { defer g.at(15 * time.Minute); return g.ticket(t, "1").Token }, breach.ErrTicketSpent},
		"a second after":     {func(g *shopRig) string { defer g.at(15*time.Minute + time.Second); return g.ticket(t, "1").Token }, breach.ErrTicketSpent},
		"by a newer one":     {func(g *shopRig) string { defer g.ticket(t, "1"); return g.ticket(t, "1").Token }, breach.ErrTicketSpent},
		"the newer one":      {func(g *shopRig) string { g.ticket(t, "1"); return g.ticket(t, "1").Token }, nil},
		"of another member":  {func(g *shopRig) string { defer g.ticket(t, "2"); return g.ticket(t, "1").Token }, nil},
		"used":               {func(g *shopRig) string { k := g.ticket(t, "1").Token; g.Redeem(t.Context(), "s", k); return k }, breach.ErrTicketSpent},
		"seen to be changed": {func(g *shopRig) string { k := g.ticket(t, "1").Token; g.observe(t, "1"); return k }, breach.ErrTicketSpent},
		"after completion": {func(g *shopRig) string {
			k := g.ticket(t, "1").Token
			g.Redeem(t.Context(), "s", k)
			if _, err := g.Complete(t.Context(), "s", "1"); err != nil {
				t.Fatal(err)
			}
			return k
		}, breach.ErrTicketSpent},
		"empty":        {func(g *shopRig) string { return "" }, breach.ErrTicketSpent},
		"of zeros":     {func(g *shopRig) string { return strings.Repeat("A", 43) }, breach.ErrTicketSpent},
		"padded":       {func(g *shopRig) string { return g.ticket(t, "1").Token + "=" }, breach.ErrTicketSpent},
		"with a break": {func(g *shopRig) string { k := g.ticket(t, "1").Token; return k[:20] + "\n" + k[20:] }, breach.ErrTicketSpent},
		"its last bits": {func(g *shopRig) string {
			k := []byte(g.ticket(t, "1").Token)
			k[42]++ // two bits of the last character say nothing
			return string(k)
		}, breach.ErrTicketSpent},
	} {
		t.Run(name, func(t *testing.T) {
			g := newShopRig(t, nil, "1", "2")
			token := c.spoil(g)
			members, err := g.Redeem(t.Context(), "shop", token)
			if !errors.Is(err, c.want) || err == nil && !slices.Equal(members, []string{"1"}) {
				t.Errorf("Redeem = %v, %v; want %v", members, err, c.want)
			}
		})
	}
}

func (g *shopRig) observe(t *testing.T, id string) {
	g.change(t, audit.ResetUnverified, func(r breach.Reset) (breach.Reset, error) { return r.Observe(g.print(id, "theirs"), g.now()), nil }, id)
}

// TestRedeemedOnce: of two hundred who redeem one ticket at the same time, one has it.
func TestRedeemedOnce(t *testing.T) {
	g := newShopRig(t, nil, "1", "2")
	token := g.ticket(t, "1", "2").Token
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			switch members, err := g.Redeem(t.Context(), "shop", token); {
			case err == nil && len(members) == 2:
				won.Add(1)
			case errors.Is(err, breach.ErrTicketSpent):
				lost.Add(1)
			default:
				t.Errorf("%v, %v", members, err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 199 {
		t.Errorf("%d won and %d lost", won.Load(), lost.Load())
	}
}

// TestGate: who is barred and since when, and nothing about those of whom nothing is asked.
func TestGate(t *testing.T) {
	g := newShopRig(t, nil, "1")
	if _, err := g.store.Plan(t.Context(), g.operator(audit.ResetPlan), []reset.Planned{{MemberID: "2"}, {MemberID: "3", Withdrawn: true}}); err != nil {
		t.Fatal(err)
	}
	gate := func(id string, want reset.Gate) {
		t.Helper()
		if got, err := g.Gate(t.Context(), id); err != nil || got != want {
			t.Errorf("Gate(%s) = %+v, %v; want %+v", id, got, err, want)
		}
	}
	for _, id := range []string{"2", "3", "9", ""} {
		gate(id, reset.Gate{})
	}
	gate("1", reset.Gate{Required: true, State: breach.ResetRequired, Since: start})
	g.at(time.Minute)
	token := g.ticket(t, "1").Token
	gate("1", reset.Gate{Required: true, State: breach.ResetTicketIssued, Since: start.Add(time.Minute)})
	if _, err := g.Redeem(t.Context(), "shop", token); err != nil {
		t.Fatal(err)
	}
	gate("1", reset.Gate{Required: true, State: breach.ResetTicketIssued, Since: start.Add(time.Minute)})
	g.at(time.Hour)
	for range 2 {
		if r, err := g.Complete(t.Context(), "shop", "1"); err != nil || r.State != breach.ResetCompleted || !r.Since.Equal(start.Add(time.Hour)) {
			t.Errorf("%+v, %v", r, err)
		}
		gate("1", reset.Gate{State: breach.ResetCompleted, Since: start.Add(time.Hour)})
		g.at(2 * time.Hour)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := g.Gate(ended, "2"); !errors.Is(err, breach.ErrUnproven) || got != (reset.Gate{}) {
		t.Errorf("Gate that cannot read = %+v, %v", got, err)
	}
}

// TestCompletionComesInTime: a redeemed ticket is good for a day and no longer.
func TestCompletionComesInTime(t *testing.T) {
	for after, want := range map[time.Duration]error{24*time.Hour - time.Second: nil, 24 * time.Hour: breach.ErrNotRedeemed} {
		g := newShopRig(t, nil, "1")
		if _, err := g.Redeem(t.Context(), "shop", g.ticket(t, "1").Token); err != nil {
			t.Fatal(err)
		}
		g.at(after)
		if _, err := g.Complete(t.Context(), "shop", "1"); !errors.Is(err, want) {
			t.Errorf("after %v: %v, want %v", after, err, want)
		}
	}
}

// database is a shop whose passwords can be read.
type database map[string]reset.Held

func (d database) Check(context.Context) []reset.Finding { return nil }
func (d database) Read(_ context.Context, ids []string) ([]reset.Held, error) {
	h, ok := d[ids[0]]
	if !ok {
		return nil, reset.ErrShopUnavailable
	}
	return []reset.Held{h}, nil
}
func (d database) Blank(context.Context, string, []byte) error { return errors.ErrUnsupported }
func (d database) EndSessions(context.Context, []string) error { return errors.ErrUnsupported }

// TestTheShopsDatabaseDecides: with a connector the shop's word alone completes nothing.
func TestTheShopsDatabaseDecides(t *testing.T) {
	shop := database{}
	g := newShopRig(t, shop, "1")
	if _, err := g.Redeem(t.Context(), "shop", g.ticket(t, "1").Token); err != nil {
		t.Fatal(err)
	}
	held := func(p string) reset.Held {
		return reset.Held{MemberID: "1", Found: true, Live: true, Fingerprint: g.print("1", p)}
	}
	rehashed := held("old, hashed anew")
	rehashed.Rehashed = true
	for _, c := range []struct {
		name string
		held *reset.Held
		want error
	}{
		{"down", nil, reset.ErrShopUnavailable},
		{"nobody", &reset.Held{MemberID: "1"}, breach.ErrNotChanged},
		{"blank", &reset.Held{MemberID: "1", Found: true, Blank: true}, breach.ErrNotChanged},
		{"the old one", new(held("old")), breach.ErrNotChanged},
		{"hashed anew", &rehashed, breach.ErrNotChanged},
		{"a new one", new(held("new")), nil},
		{"done", nil, nil},
	} {
		delete(shop, "1")
		if c.held != nil {
			shop["1"] = *c.held
		}
		if _, err := g.Complete(t.Context(), "shop", "1"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if r, _ := g.store.Get(t.Context(), "1"); !breach.SamePassword(r.Fingerprint, g.print("1", "new")) {
		t.Error("what completed the reset is not kept")
	}
}
