package main

import (
	"net/http"
	"testing"

	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestAGuessBeforeTheMailTellsNothing: while mail runs short a listed person's code is out and
// a stranger's waits on the shelf. A wrong code is compared with the one and with nothing for
// the other, and both answers wait for a committed row: by the time nobody learns which it is.
func TestAGuessBeforeTheMailTellsNothing(t *testing.T) {
	onBothStores(t, func(t *testing.T, g *target) {
		b, mailed, waits := from(g.public, here), g.somebody(), "stranger@example.jp"
		v, code := g.ask(t, b, mailed, 1)
		refused(t, b.confirm(t, v, wrong(code)), 4)
		refused(t, b.confirm(t, b.begin(t, waits), wrong(code)), 4)
		if n := g.rows(t, mailed, "guess", "refused"); n != 1 {
			t.Errorf("%d rows of the guess that was compared, want 1", n)
		}
		if n := g.rows(t, waits, "disclosure", "refused"); n != 1 {
			t.Errorf("%d rows of the guess that was compared with nothing, want 1", n)
		}
	})
}

// TestAFullOutboxKeepsNobodyOut: the outbox is full of strangers' mails, which their provider
// takes slowly. Everybody hears that no mail is promised; an owner is mailed a long code all the
// same and gets in with it, and a stranger is mailed nothing.
func TestAFullOutboxKeepsNobodyOut(t *testing.T) {
	g := aim(t, live.NewRedis(t), "--limits", ample+"send-domain=1/1h")
	g.fillOutbox(t, g.redisURL)
	owner, b := g.somebody(), from(g.public, here)
	b.promisedNone(t, owner, "stranger@example.jp", owner)
	code := g.office.code(t, owner, 1)
	if digitsOf(code) != 20 {
		t.Fatalf("the owner is mailed a code of %d digits", digitsOf(code))
	}
	r := b.confirm(t, b.begin(t, owner), code)
	var c wire.Confirmation
	r.decode(t, &c)
	if r.status != http.StatusOK || c.Report.Status != wire.ReportStatusListed {
		t.Errorf("the owner's long code: %d %s", r.status, r.body)
	}
	if n := len(g.office.peek(owner)) + len(g.office.peek("stranger@example.jp")); n != 1 {
		t.Errorf("%d mails to owner and stranger, want one", n)
	}
}
