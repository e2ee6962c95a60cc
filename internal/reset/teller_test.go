package reset_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/mailer"
	"exposure/internal/otp"
	"exposure/internal/reset"
)

// tellers are so many tellers over the rig's store and one outbox that holds max mails.
func (g *shopRig) tellers(n, max int) (all []*reset.Teller, box *mailer.MemoryOutbox) {
	box = mailer.NewMemoryOutbox(mailer.OutboxConfig{Max: max})
	for range n {
		all = append(all, reset.NewTeller(reset.TellerConfig{Store: g.store, Outbox: box, Keys: g.keys, Now: g.now}))
	}
	return all, box
}

// finish completes the reset of a member who is told at an address.
func (g *shopRig) finish(t *testing.T, id, address string) {
	t.Helper()
	a, err := email.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := g.Issue(t.Context(), reset.TicketOrder{
		Members: []string{id}, Actor: audit.Actor{Kind: audit.Customer}, Notify: func(m string) []byte { return reset.SealNotice(g.keys, m, a) },
	})
	if err == nil {
		_, err = g.Redeem(t.Context(), "shop", ticket.Token)
	}
	if err == nil {
		_, err = g.Complete(t.Context(), "shop", id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestToldOnce: of many tellers one tells, at the address of the ticket and with the time
// of the change, and nothing is left of the address afterwards.
func TestToldOnce(t *testing.T) {
	g := newShopRig(t, nil, "1", "2")
	g.at(time.Hour)
	g.finish(t, "1", "hanako@example.jp")
	all, box := g.tellers(5, 10)
	var wg sync.WaitGroup
	for _, teller := range all {
		wg.Go(func() {
			if err := teller.Turn(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	mails, err := box.Take(t.Context(), 10, mailer.ShelfFirst)
	if err != nil || len(mails) != 1 {
		t.Fatalf("%d mails, %v; want 1", len(mails), err)
	}
	m := mails[0].Mail
	if m.Purpose != otp.PasswordChanged || m.Address.Reveal() != "hanako@example.jp" || !m.RequestedAt.Equal(start.Add(time.Hour)) || m.Nonce != [16]byte{} {
		t.Errorf("%+v", m)
	}
	if r, err := g.store.Get(t.Context(), "1"); err != nil || r.Notify != nil || r.State != breach.ResetCompleted || !r.Since.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v, %v", r, err)
	}
	if g.state(t, "2") != breach.ResetRequired {
		t.Error("somebody else was changed")
	}
}

// killed is a store whose program is killed before it has written anything.
type killed struct{ reset.Store }

var errKilled = errors.New("killed")

func (killed) Change(context.Context, audit.Entry, []string, reset.Step) ([]breach.Reset, error) {
	return nil, errKilled
}

// TestToldThroughAKill: a teller that is killed once the mail is queued has lost nothing, and
// the next one sends no second mail.
func TestToldThroughAKill(t *testing.T) {
	g := newShopRig(t, nil, "1")
	g.finish(t, "1", "hanako@example.jp")
	_, box := g.tellers(0, 10)
	if err := reset.NewTeller(reset.TellerConfig{Store: killed{g.store}, Outbox: box, Keys: g.keys, Now: g.now}).Turn(t.Context()); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	next := reset.NewTeller(reset.TellerConfig{Store: g.store, Outbox: box, Keys: g.keys, Now: g.now})
	if err := next.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails, err := box.Take(t.Context(), 10, mailer.ShelfFirst)
	if err != nil || len(mails) != 1 {
		t.Errorf("%d mails, %v; want 1", len(mails), err)
	}
	if r, err := g.store.Get(t.Context(), "1"); err != nil || r.Notify != nil {
		t.Errorf("the address is kept: %v", err)
	}
}

// TestToldLater: what cannot be queued is not lost.
func TestToldLater(t *testing.T) {
	g := newShopRig(t, nil, "1", "2")
	g.finish(t, "1", "a@example.jp")
	g.finish(t, "2", "b@example.jp")
	all, box := g.tellers(1, 1)
	if err := all[0].Turn(t.Context()); !errors.Is(err, otp.ErrOutboxFull) {
		t.Fatalf("a full outbox: %v", err)
	}
	told := map[string]bool{}
	for range 2 {
		mails, err := box.Take(t.Context(), 10, mailer.ShelfFirst)
		if err != nil || len(mails) != 1 {
			t.Fatalf("%d mails, %v", len(mails), err)
		}
		told[mails[0].Mail.Address.Reveal()] = true
		if err := errors.Join(box.Done(t.Context(), mails[0].ID), all[0].Turn(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 {
		t.Errorf("told are %v", told)
	}
	if err := g.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
