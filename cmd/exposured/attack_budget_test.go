package main

import (
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/live"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

const days30 = 30 * 24 * time.Hour

// failed writes the rows of wrong codes about an address, as the server did at those times.
func (s site) failed(t *testing.T, tag breach.Tag, times ...time.Time) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	var rows []audit.Entry
	for _, at := range times {
		e := audit.Entry{
			At: at, Actor: audit.Actor{Kind: audit.Customer}, Action: audit.Guess, Outcome: audit.Refused,
			Purpose: "web", Tag: &tag, Detail: audit.ShortCode,
		}
		rand.Read(e.Attempt[:])
		rows = append(rows, e)
	}
	must(t, db.Audit(keys).Append(t.Context(), rows...))
}

func repeat(at time.Time, n int) (times []time.Time) {
	for range n {
		times = append(times, at)
	}
	return times
}

// budgetTarget is a server that finds these failures in its log when it starts.
func budgetTarget(t *testing.T, g *target, failures map[string][]time.Time) {
	t.Helper()
	if code := g.stop(); code != 0 {
		t.Fatalf("the server stopped with %d", code)
	}
	for address, times := range failures {
		g.failed(t, g.tag(t, address), times...)
	}
	g.running = g.serve(t, g.redisURL, g.office.url, "--insecure-no-limits")
}

// TestABurstAtTheEdgeOfThirtyDays: four failures of about thirty days ago, and now two
// verifications with short codes and guesses at both, all at once.
func TestABurstAtTheEdgeOfThirtyDays(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		passing, within, over := g.somebody(), g.somebody(), g.somebody()
		now := time.Now()
		edge := now.Add(4 * time.Second) // when the failures of the first are thirty days old
		budgetTarget(t, g, map[string][]time.Time{
			passing: repeat(edge.Add(-days30), 4),
			within:  repeat(now.Add(-days30+10*time.Minute), 4),
			over:    repeat(now.Add(-days30-time.Second), 4),
		})
		b := from(g.public, here)
		open := map[string][]wire.Verification{}
		burst := func(address string, guesses int) {
			got := inParallel(t, guesses, func(i int) (reply, error) {
				v := open[address][i%2]
				return b.try(http.MethodPost, confirmation(v), "", guess(v, "00000000"))
			})
			if got[422] != guesses {
				t.Errorf("%d wrong codes were answered %v", guesses, got)
			}
		}
		for _, address := range []string{passing, within, over} {
			for n := range 2 {
				v, code := g.ask(t, b, address, n+1)
				if len(code) != 8 {
					t.Fatalf("mail %d carries a code of %d digits", n+1, len(code))
				}
				open[address] = append(open[address], v)
			}
			if address == passing {
				burst(passing, 8) // two tries are left, and no failures
			}
		}
		if n := g.rows(t, passing, "guess", "refused"); n != 4+6 && time.Now().Before(edge) {
			t.Errorf("before the edge %d failures are in the log, want 10", n)
		}
		for address, want := range map[string]int{within: 4 + 6, over: 4 + 10} {
			burst(address, 100)
			if n := g.rows(t, address, "guess", "refused"); n != want {
				t.Errorf("%d failures are in the log, want %d", n, want)
			}
		}
		time.Sleep(time.Until(edge.Add(time.Second)))
		before := g.rows(t, passing, "guess", "refused")
		burst(passing, 100)
		if n := g.rows(t, passing, "guess", "refused"); n != before+2 {
			t.Errorf("over the edge %d guesses were compared, want the two tries that were left", n-before)
		}
		for _, address := range []string{within, over, passing} {
			if n := g.densest(t, address); n > 10 {
				t.Errorf("%d failures within thirty days", n)
			}
		}
	}, "--insecure-no-limits")
}

// densest is the largest number of failures about an address in any thirty days.
func (g *target) densest(t *testing.T, address string) (most int) {
	t.Helper()
	tag := g.tag(t, address)
	db := g.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT max(n) FROM (SELECT (SELECT count(*) FROM audit_entries b WHERE b.tag = a.tag AND b.action = 'guess'
		AND b.outcome = 'refused' AND b.at >= a.at AND b.at < a.at + ?) AS n FROM audit_entries a
		WHERE a.tag = ? AND a.action = 'guess' AND a.outcome = 'refused')`, days30.Milliseconds(), tag[:]).Scan(&most))
	return most
}

// TestASuccessBuysNoGuesses: somebody with a mailbox of their own cannot empty its log by
// getting in, and the row of failures ends with it.
func TestASuccessBuysNoGuesses(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		address, b := g.somebody(), from(g.public, here)
		v, code := g.ask(t, b, address, 1)
		for range 4 {
			b.confirm(t, v, wrong(code))
		}
		time.Sleep(2 * time.Millisecond) // a failure of the same millisecond counts as one after it
		if r := b.confirm(t, v, code); r.status != http.StatusOK {
			t.Fatalf("the right code as the fifth: %d %s", r.status, r.body)
		}
		if k, known := g.kept(t, address); known && (len(k.Failures) != 4 || k.Row != 0) {
			t.Errorf("after a success Redis holds %+v, want four failures and none in a row", k)
		}
		v, code = g.ask(t, b, address, 2)
		refused(t, b.confirm(t, v, wrong(code)), 4)
		if k, known := g.kept(t, address); known && (len(k.Failures) != 5 || k.Row != 1) {
			t.Errorf("after one more failure Redis holds %+v", k)
		}
		_, code = g.ask(t, b, "other.person@example.jp", 1)
		if len(code) != 8 {
			t.Errorf("somebody else is mailed %d digits", len(code))
		}
		if got := g.densest(t, address); got != 5 {
			t.Errorf("%d failures in the log, want 5", got)
		}
	}, "--insecure-no-limits")
}

// TestManySuccessesBuyNoGuesses: ten failures over two verifications, more right codes than are
// read of anybody, and then Redis loses everything, to a server that knows these guesses and to
// one that was started since. The log alone still says that the budget is spent.
func TestManySuccessesBuyNoGuesses(t *testing.T) {
	const lift = "--insecure-no-limits"
	g := aim(t, live.NewRedis(t), lift)
	address, b := g.somebody(), from(g.public, here)
	mails := 0
	ask := func() (wire.Verification, string) {
		t.Helper()
		mails++
		return g.ask(t, b, address, mails)
	}
	fail := func(v wire.Verification) {
		t.Helper()
		for left := 4; left >= 0; left-- {
			refused(t, b.confirm(t, v, "00000000"), left)
		}
	}
	first, _ := ask()
	second, _ := ask() // before the first fails: after five failures a mail carries a long code
	fail(first)
	fail(second)
	for range otp.PastKept + 5 {
		v, code := ask()
		if r := b.confirm(t, v, code); r.status != http.StatusOK {
			t.Fatalf("a mailed code: %d %s", r.status, r.body)
		}
	}
	for _, restarted := range []bool{false, true} {
		if restarted {
			g.again(t, lift)
			b = from(g.public, here)
		}
		g.flush()
		for range 3 {
			v, code := ask()
			if len(code) != 20 {
				t.Errorf("restarted %t: after ten failures a mail carries %d digits", restarted, len(code))
			}
			fail(v)
		}
		if n := g.shortFailures(t, address); n != 10 {
			t.Errorf("restarted %t: %d guesses were compared, want 10", restarted, n)
		}
	}
}

// TestFailuresInSomebodysNameLetThemIn: five within thirty days, fifty in a row, and sixty
// over a year. The mails then carry long codes, which are accepted.
func TestFailuresInSomebodysNameLetThemIn(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		four, five, monthly, row, ended := g.somebody(), g.somebody(), g.somebody(), g.somebody(), g.somebody()
		now := time.Now()
		past := map[string][]time.Time{four: repeat(now.Add(-29*24*time.Hour), 4), five: repeat(now.Add(-29*24*time.Hour), 5)}
		for n := range 60 { // five a month
			past[monthly] = append(past[monthly], now.Add(-time.Duration(366-6*n)*24*time.Hour))
		}
		for n := range 50 { // fifty, long ago
			past[row] = append(past[row], now.Add(-time.Duration(200-n)*24*time.Hour))
			if n > 0 {
				past[ended] = append(past[ended], now.Add(-time.Duration(200-n)*24*time.Hour))
			}
		}
		budgetTarget(t, g, past)
		b := from(g.public, here)
		for _, c := range []struct {
			name, address string
			digits        int
		}{{"four", four, 8}, {"five", five, 20}, {"five a month", monthly, 20}, {"fifty in a row", row, 20}, {"forty-nine in a row", ended, 8}} {
			v, code := g.ask(t, b, c.address, 1)
			if len(code) != c.digits {
				t.Errorf("after %s failures a mail carries %d digits, want %d", c.name, len(code), c.digits)
			}
			if r := b.confirm(t, v, code); r.status != http.StatusOK {
				t.Errorf("after %s failures the mailed code: %d %s", c.name, r.status, r.body)
			}
		}
		// A proven mailbox ends the row: the next mail is like anybody's.
		if _, code := g.ask(t, b, row, 2); len(code) != 8 {
			t.Errorf("after the mailbox was proven a mail carries %d digits", len(code))
		}
		// But not the log of thirty days.
		if _, code := g.ask(t, b, five, 2); len(code) != 20 {
			t.Errorf("after five failures and a success a mail carries %d digits", len(code))
		}
	}, "--insecure-no-limits")
}
