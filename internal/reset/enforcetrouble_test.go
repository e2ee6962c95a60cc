package reset_test

import (
	"errors"
	"testing"
	"time"

	"exposure/internal/reset"
)

// TestShopOutOfReach: nothing is half-done, and all is done once it is back.
func TestShopOutOfReach(t *testing.T) {
	b := newBench(t, numbered(40)...)
	b.shop.before = func(id string) error {
		b.shop.away.Store(id == "20")
		return b.shop.trouble()
	}
	if err := b.Turn(t.Context()); !errors.Is(err, reset.ErrShopUnavailable) || !errors.Is(b.last, reset.ErrShopUnavailable) {
		t.Fatalf("%v, told %v", err, b.last)
	}
	if n := b.shop.counts(t, `SELECT count(*) FROM customer WHERE password = ''`); n == 0 || n == 40 {
		t.Fatalf("%d passwords are worthless: nothing broke", n)
	}
	b.passes(time.Hour)
	if err := b.Turn(t.Context()); !errors.Is(err, reset.ErrShopUnavailable) {
		t.Fatal(err)
	}
	b.shop.before = nil
	b.shop.away.Store(false)
	b.turns(t)
	if b.last != nil || len(b.barRows(t)) != 40 || b.shop.counts(t, `SELECT count(*) FROM customer WHERE blanked = 1`) != 40 ||
		b.shop.counts(t, `SELECT count(*) FROM session`) != 0 {
		t.Errorf("%v; %d barred, %d blanked once", b.last, len(b.barRows(t)), b.shop.counts(t, `SELECT count(*) FROM customer WHERE blanked = 1`))
	}
}

// TestOneWhoCannotBeBarred keeps no other.
func TestOneWhoCannotBeBarred(t *testing.T) {
	b := newBench(t, numbered(10)...)
	broken := errors.New("a trigger of the shop says no")
	b.shop.before = func(id string) error {
		if id == "3" {
			return broken
		}
		return nil
	}
	for range 3 {
		if err := b.Turn(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		b.passes(reset.SweepAfter)
	}
	if n := len(b.barRows(t)); n != 9 {
		t.Errorf("%d of 9 others are barred", n)
	}
	b.shop.before = nil
	b.turns(t)
	if n := len(b.barRows(t)); n != 10 {
		t.Errorf("%d of 10 are barred once it could be done", n)
	}
}

// TestBlockedConnector: nothing is done while a finding says that it cannot work, and it
// is looked at again.
func TestBlockedConnector(t *testing.T) {
	b := newBench(t, "1")
	b.shop.findings = []reset.Finding{{Blocks: true, Text: "no right to change passwords"}}
	for range 2 {
		if err := b.Turn(t.Context()); !errors.Is(err, reset.ErrConnectorBlocked) {
			t.Errorf("%v", err)
		}
	}
	if b.shop.password(t, "1") != "old" {
		t.Error("a blocked connector was used")
	}
	b.shop.findings = []reset.Finding{{Text: "worth knowing"}}
	b.passes(time.Minute)
	b.turns(t)
	if b.shop.password(t, "1") != "" {
		t.Error("not barred once the finding was gone")
	}
}
