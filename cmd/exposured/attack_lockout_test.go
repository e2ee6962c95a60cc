package main

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"

	"exposure/internal/wire"
)

// TestSpendingTheBudgetKeepsNobodyOut: somebody asks for each owner's mails, whose short codes
// are good in no other browser, and spends the mail budget on strangers, from many networks.
// An owner hears that no code can be promised, as everybody does, is mailed a long one, and
// gets in with it from a browser that begins without a mail. A stranger hears the same and is
// mailed nothing; and the attacker, who goes on asking, brings neither a second one.
func TestSpendingTheBudgetKeepsNobodyOut(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		const budget = 60
		owner, stranger := g.somebody(), "stranger@example.jp"
		attacker := from(g.public, source(1))
		for n := range 2 {
			if _, code := g.ask(t, attacker, owner, n+1); len(code) != 8 {
				t.Fatalf("mail %d carries a code of %d digits", n+1, len(code))
			}
		}
		spend := func(i int) (reply, error) {
			b := from(g.public, source(100+i))
			defer b.client.CloseIdleConnections()
			return b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": fmt.Sprintf("crowd%d@example.net", i)})
		}
		if got := g.swarm(t, 0, budget+40, spend); got[202] != budget-2 || got[503] != 42 {
			t.Fatalf("strangers were answered %v, want the budget to be spent", got)
		}
		fresh := from(g.public, source(3))
		fresh.promisedNone(t, stranger, owner)
		code := g.office.code(t, owner, 3)
		if digitsOf(code) != 20 {
			t.Fatalf("over the budget the owner is mailed a code of %d digits", digitsOf(code))
		}
		attacker.promisedNone(t, owner, stranger, owner, stranger, owner, stranger)
		r := fresh.confirm(t, fresh.begin(t, owner), code)
		var c wire.Confirmation
		r.decode(t, &c)
		if r.status != http.StatusOK || c.Report.Status != wire.ReportStatusListed {
			t.Errorf("the owner's long code: %d %s", r.status, r.body)
		}
		last := g.somebody()
		attacker.promisedNone(t, last) // mailed after whatever was asked for before
		g.office.box(t, last, 1)
		eventually(t, "all that the budget allows is mailed", func() bool { return g.office.count() >= budget+2 })
		if tag := g.tag(t, stranger); g.redis != nil {
			if left := g.keysLike(t, g.prefix(t)+"*"+hex.EncodeToString(tag[:])+"*"); len(left) != 0 {
				t.Errorf("asking over the budget leaves %q in Redis, which no budget bounds", left)
			}
		}
		g.again(t, "--limits", lockoutLimits) // drained: nothing is worked on any more
		if owners, strangers, all := len(g.office.box(t, owner, 0)), len(g.office.box(t, stranger, 0)), g.office.count(); owners != 3 || strangers != 0 || all != budget+2 {
			t.Errorf("%d mails to the owner, %d to the stranger, %d in all; want 3, none, and the budget with one for each of two owners", owners, strangers, all)
		}
	}, "--limits", lockoutLimits)
}

// lockoutLimits are a budget that a test can spend, and an address's mails without the pauses
// between them.
const lockoutLimits = "send-address=6/24h,send-mailbox=18/24h,send-global=60/24h"
