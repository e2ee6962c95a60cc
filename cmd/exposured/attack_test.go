package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/email"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// inParallel sends n requests at once, half of them over connections that are already
// open, and counts the answers by status.
func inParallel(t *testing.T, n int, send func(i int) (reply, error)) map[int]int {
	t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			r, err := send(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				statuses[-1]++
				return
			}
			statuses[r.status]++
		})
	}
	close(begin)
	all.Wait()
	return statuses
}

// evaluated counts the audit rows of evaluated guesses about an address.
func evaluated(t *testing.T, s site, address, outcome string) int {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	a, err := email.Parse(address)
	must(t, err)
	tag := keys.Tag(a)
	db := s.open(t)
	defer db.Close()
	var n int
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = 'guess' AND tag = ? AND outcome = ?`, tag[:], outcome).Scan(&n))
	return n
}

// open opens the database behind the program's back.
func (s site) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(s.database, "sqlite:")+"?_pragma=busy_timeout(10000)")
	must(t, err)
	return db
}

func guess(v wire.Verification, code string) map[string]string {
	return map[string]string{"secret": v.Secret, "code": code}
}

func confirmation(v wire.Verification) string { return "/v1/verifications/" + v.Id + "/confirmation" }

// wrong returns a code that is not this one.
func wrong(code string) string {
	digits := []byte(strings.ReplaceAll(code, "-", ""))
	digits[0] = '0' + (digits[0]-'0'+1)%10
	return string(digits)
}

// answers keeps what a burst is answered, by everything but what is random and the tries
// left, which are kept apart.
type answers struct {
	mu   sync.Mutex
	said map[string]int
	left map[int]int
}

func (a *answers) keep(t *testing.T, r reply) {
	var p wire.Problem
	r.decode(t, &p)
	left := -1
	if p.AttemptsLeft != nil {
		left = *p.AttemptsLeft
	}
	text := head(r) + mask(bytes.Replace(r.body, fmt.Appendf(nil, `"attempts_left":%d`, left), nil, 1))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said[text]++
	a.left[left]++
}

func TestFiveHundredRightCodesHaveOneWinner(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, address := from(g.public, here), g.somebody()
		v, code := g.ask(t, b, address, 1)
		refusals := answers{said: map[string]int{}, left: map[int]int{}}
		got := inParallel(t, 500, func(int) (reply, error) {
			r, err := b.try(http.MethodPost, confirmation(v), "", guess(v, code))
			if err == nil && r.status == http.StatusUnprocessableEntity {
				refusals.keep(t, r)
			}
			return r, err
		})
		if got[200] != 1 || got[422] != 499 {
			t.Errorf("500 right codes at once were answered %v, want one 200 and 499 times 422", got)
		}
		if len(refusals.said) != 1 || refusals.left[0] != 499 {
			t.Errorf("the refusals differ: %v, tries left %v", refusals.said, refusals.left)
		}
		accepted, told, failed := g.rows(t, address, "guess", "accepted"), g.rows(t, address, "disclosure", "done"), g.rows(t, address, "guess", "refused")
		if accepted != 1 || told != 1 || failed != 0 {
			t.Errorf("%d accepted, %d disclosures, %d failures are in the audit log, want 1, 1, 0", accepted, told, failed)
		}
		if n := g.sessions(t); n != 1 && g.redis != nil {
			t.Errorf("%d sessions, want 1", n)
		}
		if k, known := g.kept(t, address); known && (k.tries() != 1 || len(k.Short) != 0 || len(k.Failures) != 0) {
			t.Errorf("Redis holds %+v", k)
		}
	}, "--insecure-no-limits")
}

func TestTwoThousandWrongCodesAreFiveGuesses(t *testing.T) {
	onEveryStore(t, func(t *testing.T, g *target) {
		b, address := from(g.public, here), g.somebody()
		v, code := g.ask(t, b, address, 1)
		refusals := answers{said: map[string]int{}, left: map[int]int{}}
		burst := 2000
		if g.redis != nil && g.store == nil {
			burst = 500 // of a Cluster's node each call is a round trip of its own, and all of them are on one
		}
		got := inParallel(t, burst, func(int) (reply, error) {
			r, err := b.try(http.MethodPost, confirmation(v), "", guess(v, wrong(code)))
			if err == nil && r.status == http.StatusUnprocessableEntity {
				refusals.keep(t, r)
			}
			return r, err
		})
		turnedAway := 0
		if slowed {
			turnedAway = got[503] // before anything was charged
		}
		if got[422]+turnedAway != burst {
			t.Errorf("%d wrong codes at once were answered %v; the log ends with\n%s", burst, got, g.tail(5))
		}
		// But for the tries left, which five of them count down, all are one answer.
		if len(refusals.said) != 1 || refusals.left[0] != got[422]-4 || refusals.left[1] != 1 || refusals.left[4] != 1 {
			t.Errorf("the refusals differ: %v, tries left %v", refusals.said, refusals.left)
		}
		if n := evaluated(t, g.site, address, "refused"); n != 5 {
			t.Errorf("%d guesses were evaluated, want 5", n)
		}
		if k, known := g.kept(t, address); known && (k.tries() != 5 || len(k.Failures) != 5 || k.Row != 5) {
			t.Errorf("Redis holds %+v, want five tries and five failures", k)
		}
		refused(t, b.confirm(t, v, code), 0) // the right one as the sixth
		if n := g.sessions(t); n > 0 {
			t.Errorf("%d sessions for wrong codes", n)
		}
		if n := g.office.count(); n != 1 {
			t.Errorf("%d mails, want the first alone", n)
		}
	}, "--insecure-no-limits")
}

// TestTenGuessesAPerson is the budget that no new verification, flushed Redis or restart
// refills, and that never keeps the owner out. Four failures are spent before: so few that the
// next mails carry short codes, whose ten tries would make fourteen.
func TestTenGuessesAPerson(t *testing.T) {
	onEveryRedis(t, tenGuesses, "--insecure-no-limits")
}

func tenGuesses(t *testing.T, g *target) {
	for _, c := range []struct {
		name    string
		between func(address string)
	}{
		{"in verifications of the next day", func(address string) { g.pass(t, address, 25*time.Hour) }},
		{"after Redis was emptied", func(string) { g.flush() }},
		{"after a restart", func(address string) { g.pass(t, address, 25*time.Hour); g.again(t, "--insecure-no-limits") }},
		{"after both", func(string) { g.flush(); g.again(t, "--insecure-no-limits") }},
	} {
		address := g.somebody()
		v, code := g.ask(t, from(g.public, here), address, 1)
		for left := 4; left > 0; left-- {
			refused(t, from(g.public, here).confirm(t, v, wrong(code)), left)
		}
		c.between(address)
		b := from(g.public, here)
		// All hundred are opened before the next guess: the first two get short codes, all
		// others long ones, until every place for those is taken.
		verifications := make([]wire.Verification, 100)
		for i := range verifications {
			verifications[i] = b.start(t, address)
		}
		g.office.box(t, address, 1+10)
		if k, _ := g.kept(t, address); len(k.Short) != 2 || len(k.Long) != 8 {
			t.Fatalf("%s: %d short and %d long codes are live, want 2 and 8", c.name, len(k.Short), len(k.Long))
		}
		for _, v := range verifications {
			for range 5 {
				if r := b.confirm(t, v, "00000000"); r.status != 422 {
					t.Fatalf("a wrong code was answered %d %s", r.status, r.body)
				}
			}
		}
		if n := g.rows(t, address, "guess", "refused"); n != 10 {
			t.Errorf("%s: %d guesses were evaluated over 101 verifications, want 10", c.name, n)
		}
		g.ownerGetsIn(t, address)
	}
}
